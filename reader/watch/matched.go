// SPDX-License-Identifier: MIT

package watch

import (
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

// checkMatched is an error if a match was asked for, and there was none.
func (w *watch) checkMatched() error {
	if w.MustMatch && !w.matched {
		return advice.ErrNothingMatched
	}
	return nil
}
