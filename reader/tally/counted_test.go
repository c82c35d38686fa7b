// SPDX-License-Identifier: MIT

package tally

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// Each count is a number of its own, of both directions together.
func TestCounted(t *testing.T) {
	s := Snapshot{
		Counts: Counts{
			Entered: Traffic{Packets: 1}, Passed: Traffic{Packets: 2}, Dropped: Traffic{Packets: 3},
			QueueDropped: Traffic{Packets: 4}, Delayed: 5, Undelayed: 6, Duplicated: 7, Unmarked: 8,
		},
		Out: &Counts{
			Entered: Traffic{Packets: 100}, Passed: Traffic{Packets: 200}, Dropped: Traffic{Packets: 300},
			QueueDropped: Traffic{Packets: 400}, Delayed: 500, Undelayed: 600, Duplicated: 700,
		},
		Totals:  abi.Totals{Reported: 9, Contended: 10, Events: 11, NoReader: 12, RingFull: 13, Failed: 14, Flows: 15},
		Rules:   []Rule{{Matched: abi.Tally{Packets: 16}}, {Matched: abi.Tally{Packets: 1600}}, {Guard: true, Matched: abi.Tally{Packets: 1}}},
		Devices: []devices.Device{{Queues: [abi.Directions]devices.Queue{{Dropped: 17}, {Dropped: 1700}}}},
	}
	all := make(map[string]uint64)
	for _, count := range Counted {
		all[count.Name] = count.All(s)
	}
	qt.Assert(t, qt.DeepEquals(all, map[string]uint64{
		"entered": 101, "passed": 202, "dropped": 303, "queue_dropped": 404, "delayed": 505, "undelayed": 606,
		"duplicated": 707, "unmarked": 8, "reported": 9, "contended": 10, "events": 11, "no_reader": 12, "ring_full": 13,
		"failed": 14, "flows": 15, "matched": 1616, "fq_dropped": 1717,
	}))
}
