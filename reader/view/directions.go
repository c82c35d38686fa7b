// SPDX-License-Identifier: MIT

package view

import (
	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// marks are what tells counts by direction apart: nothing if there is only one.
func marks(by []tally.Counts) []string {
	if len(by) == 1 {
		return []string{""}
	}
	return []string{abi.DirectionIn.String(), abi.DirectionOut.String()}
}

// plus are the counts of both, by direction.
func plus(some, more []tally.Counts) []tally.Counts {
	sum := make([]tally.Counts, max(len(some), len(more)))
	for _, by := range [][]tally.Counts{some, more} {
		for direction, counts := range by {
			sum[direction] = sum[direction].Plus(counts)
		}
	}
	return sum
}
