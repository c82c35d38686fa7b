// SPDX-License-Identifier: MIT

package tally

import (
	"time"

	"dilih/bpf/abi"
)

// Count sets the traffic of the snapshot to the totals, and its rates from the totals before.
func (s *Snapshot) Count(before, totals abi.Totals) {
	s.Passed = traffic(before.Passed, totals.Passed, s.Elapsed)
	s.Dropped = traffic(before.Dropped, totals.Dropped, s.Elapsed)
	s.Entered = s.Passed.Plus(s.Dropped)
}

func traffic(before, now abi.Tally, elapsed time.Duration) Traffic {
	t := Traffic{Packets: now.Packets, Bytes: now.Bytes}
	if elapsed > 0 {
		t.Rate = float64(since(before.Packets, now.Packets)) / elapsed.Seconds()
	}
	return t
}

// Plus is both together.
func (t Traffic) Plus(other Traffic) Traffic {
	return Traffic{t.Packets + other.Packets, t.Bytes + other.Bytes, t.Rate + other.Rate}
}

// NewEvents works out what became of the events between two totals, of which this reader read some.
// Each packet has two events, and a packet that was not reported has none.
func NewEvents(read uint64, began, now abi.Totals) Events {
	entered := since(began.Passed.Packets, now.Passed.Packets) + since(began.Dropped.Packets, now.Dropped.Packets)
	return Events{
		Read:       read,
		SampledOut: 2 * since(since(began.Reported, now.Reported), entered),
		Lost:       since(began.RingFull, now.RingFull) + since(began.Failed, now.Failed),
	}
}

// since is how far a counter went. One that was read a moment too early counts as not moved.
func since(before, now uint64) uint64 {
	if now < before {
		return 0
	}
	return now - before
}
