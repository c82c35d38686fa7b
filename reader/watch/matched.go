// SPDX-License-Identifier: MIT

package watch

import (
	"fmt"
	"slices"
	"strings"

	"dilih/reader/advice"
	"dilih/reader/tally"
)

// matched says whether a fault, guards aside, matched a packet between two snapshots of a pin directory.
func matched(before, now tally.Snapshot) bool {
	if now.Generation != before.Generation || matches(now) < matches(before) { // the counts began again
		return matches(now) > 0
	}
	return matches(now) > matches(before)
}

func matches(s tally.Snapshot) (packets uint64) {
	for _, rule := range s.Rules {
		if !rule.Guard {
			packets += rule.Matched.Packets
		}
	}
	return packets
}

// noteOverlooked remembers the devices that received packets which nobody decided about.
func (w *watch) noteOverlooked(now tally.Snapshot) {
	for _, of := range now.Overlooked() {
		if name := of.Device.Label(); !slices.Contains(w.overlooked, name) {
			w.overlooked = append(w.overlooked, name)
		}
	}
}

// checkMatched is an error if a match was asked for, and there was none.
func (w *watch) checkMatched() error {
	switch {
	case !w.MustMatch || w.matched:
		return nil
	case len(w.overlooked) > 0:
		return fmt.Errorf("%w, and packets that %s received passed dilih by", advice.ErrNothingMatched, strings.Join(w.overlooked, ", "))
	}
	return advice.ErrNothingMatched
}
