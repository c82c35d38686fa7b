// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"slices"

	"dilih/reader/tally"
)

func (b block) faults() []string {
	if len(b.Rules) == 0 {
		return nil
	}
	if !anyOdd(b.Rules) {
		return b.fitFaults(b.room)
	}
	lines := b.fitFaults(max(0, b.room-1))
	return append(lines, b.dim("! asked is outside the interval; chance alone does that one time in twenty"))
}

func anyOdd(rules []tally.Rule) bool {
	return slices.ContainsFunc(rules, func(rule tally.Rule) bool { return rule.Loss.Odd() })
}

// fitFaults takes no more lines than there is room for, unless that is 0. It gives up the guards
// first, and then what comes last.
func (b block) fitFaults(room int) []string {
	lines := faults(b.Rules, b.width, b.ink)
	if room == 0 || len(lines) <= room {
		return lines
	}
	rest, guards := withoutGuards(b.Rules)
	lines = faults(rest, b.width, b.ink)
	if guards != "" {
		lines = append(lines, b.dim(guards))
	}
	if hidden := len(lines) - room + 1; hidden > 1 {
		lines = append(lines[:room-1], b.dim(fmt.Sprintf("… %d more lines: enlarge the window", hidden)))
	}
	return lines
}

// withoutGuards leaves the guards out, and sums them up in a line.
func withoutGuards(rules []tally.Rule) (rest []tally.Rule, guards string) {
	count, spared := 0, uint64(0)
	for _, rule := range rules {
		if !rule.Guard {
			rest = append(rest, rule)
			continue
		}
		count++
		spared += rule.Matched.Packets
	}
	if count == 0 {
		return rest, ""
	}
	return rest, fmt.Sprintf("guards: %d, which spared %d packets", count, spared)
}
