// SPDX-License-Identifier: MIT

package tally

import (
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

func TestCount(t *testing.T) {
	counts := NewCounts(
		abi.Totals{Passed: abi.Tally{Packets: 100, Bytes: 1000}, Dropped: abi.Tally{Packets: 10, Bytes: 100}},
		abi.Totals{Passed: abi.Tally{Packets: 300, Bytes: 3000}, Dropped: abi.Tally{Packets: 20, Bytes: 200}},
		2*time.Second,
	)
	qt.Assert(t, qt.Equals(counts.Passed, Traffic{300, 3000, 100}))
	qt.Assert(t, qt.Equals(counts.Dropped, Traffic{20, 200, 5}))
	qt.Assert(t, qt.Equals(counts.Entered, Traffic{320, 3200, 105}))
	qt.Assert(t, qt.Equals(counts.Dropped.Share(counts.Entered), 20.0/320))
	qt.Assert(t, qt.Equals(counts.Plus(counts).Passed, Traffic{600, 6000, 200}))
}

// What the queue of a rate had no room for has entered, too.
func TestCountQueueDropped(t *testing.T) {
	counts := NewCounts(abi.Totals{}, abi.Totals{
		Passed: abi.Tally{Packets: 100, Bytes: 1000}, Dropped: abi.Tally{Packets: 10, Bytes: 100},
		QueueDropped: abi.Tally{Packets: 4, Bytes: 40}, Delayed: 90, Duplicated: 8,
	}, 2*time.Second)
	qt.Assert(t, qt.Equals(counts.Entered, Traffic{114, 1140, 57}))
	qt.Assert(t, qt.Equals(counts.QueueDropped, Traffic{4, 40, 2}))
	sum := counts.Plus(counts)
	qt.Assert(t, qt.Equals(sum.QueueDropped.Packets, 8))
	qt.Assert(t, qt.Equals(sum.Delayed, 180))
	qt.Assert(t, qt.Equals(sum.Duplicated, 16))
}

func TestCountFirst(t *testing.T) {
	counts := NewCounts(abi.Totals{}, abi.Totals{Passed: abi.Tally{Packets: 5}}, 0)
	qt.Assert(t, qt.Equals(counts.Entered, Traffic{Packets: 5}))
	qt.Assert(t, qt.Equals(counts.Dropped.Share(Traffic{}), 0))
}

func TestEvents(t *testing.T) {
	began := abi.Totals{
		Passed: abi.Tally{Packets: 1000}, Dropped: abi.Tally{Packets: 1000},
		Reported: 500, RingFull: 7, Failed: 2, NoReader: 900,
	}
	tests := []struct {
		name string
		now  abi.Totals
		read uint64
		want Events
	}{
		{"nothing happened", began, 0, Events{}},
		{"all reported", abi.Totals{
			Passed: abi.Tally{Packets: 1006}, Dropped: abi.Tally{Packets: 1004},
			Reported: 510, RingFull: 7, Failed: 2, NoReader: 900,
		}, 20, Events{Read: 20}},
		{"some reported, some lost", abi.Totals{
			Passed: abi.Tally{Packets: 1500}, Dropped: abi.Tally{Packets: 1500},
			Reported: 600, RingFull: 17, Failed: 3, NoReader: 900,
		}, 189, Events{Read: 189, SampledOut: 1800, Lost: 11}},
		{"before the reader was there is not lost", abi.Totals{
			Passed: abi.Tally{Packets: 1001}, Dropped: abi.Tally{Packets: 1000},
			Reported: 501, RingFull: 7, Failed: 2, NoReader: 902,
		}, 0, Events{}},
		{"some found the queue full", abi.Totals{
			Passed: abi.Tally{Packets: 1003}, Dropped: abi.Tally{Packets: 1000}, QueueDropped: abi.Tally{Packets: 2},
			Reported: 503, RingFull: 7, Failed: 2, NoReader: 900,
		}, 6, Events{Read: 6, SampledOut: 4}},
		{"reported was read a moment later", abi.Totals{
			Passed: abi.Tally{Packets: 1000}, Dropped: abi.Tally{Packets: 1000},
			Reported: 501, RingFull: 7, Failed: 2,
		}, 2, Events{Read: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			qt.Assert(t, qt.Equals(NewEvents(test.read, began, test.now), test.want))
		})
	}
}

func TestLease(t *testing.T) {
	tests := []struct {
		deadline, now uint64
		want          Lease
		ended         bool
	}{
		{0, 5, Lease{Forever: true}, false},
		{1e9, 4e8, Lease{Left: 600 * time.Millisecond}, false},
		{1e9, 1e9, Lease{}, true},
		{1e9, 2e9, Lease{}, true},
	}
	for _, test := range tests {
		lease := NewLease(test.deadline, test.now)
		qt.Check(t, qt.Equals(lease, test.want))
		qt.Check(t, qt.Equals(lease.Ended(), test.ended))
	}
}
