// SPDX-License-Identifier: MIT

package watch

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// counted is a snapshot of a fault that matched so many packets, beside a guard that matched more.
func counted(generation uint32, packets uint64) tally.Snapshot {
	return tally.Snapshot{Generation: generation, Rules: []tally.Rule{
		{Guard: true, Matched: abi.Tally{Packets: 1000 + packets}},
		{Matched: abi.Tally{Packets: packets}},
	}}
}

func TestMatched(t *testing.T) {
	tests := []struct {
		name        string
		before, now tally.Snapshot
		want        bool
	}{
		{"nothing", counted(1, 5), counted(1, 5), false},
		{"a packet", counted(1, 5), counted(1, 6), true},
		{"new faults", counted(1, 5), counted(2, 0), false},
		{"a packet of new faults", counted(1, 5), counted(2, 5), true},
		{"a new load", counted(1, 5), counted(1, 0), false},
		{"a packet of a new load", counted(1, 5), counted(1, 2), true},
	}
	for _, test := range tests {
		qt.Check(t, qt.Equals(matched(test.before, test.now), test.want), qt.Commentf("%s", test.name))
	}
}
