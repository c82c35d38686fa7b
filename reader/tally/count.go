// SPDX-License-Identifier: MIT

package tally

import (
	"time"

	"dilih/bpf/abi"
)

// NewCounts makes Counts of the totals of a direction, with rates since those before.
func NewCounts(before, now abi.Totals, elapsed time.Duration) Counts {
	passed := traffic(before.Passed, now.Passed, elapsed)
	dropped := traffic(before.Dropped, now.Dropped, elapsed)
	queueDropped := traffic(before.QueueDropped, now.QueueDropped, elapsed)
	return Counts{
		Entered: passed.Plus(dropped).Plus(queueDropped), Passed: passed, Dropped: dropped, QueueDropped: queueDropped,
		Delayed: now.Delayed, Undelayed: now.Undelayed, Duplicated: now.Duplicated, Unmarked: now.Unmarked,
	}
}

func traffic(before, now abi.Tally, elapsed time.Duration) Traffic {
	t := Traffic{Packets: now.Packets, Bytes: now.Bytes}
	if elapsed > 0 {
		t.Rate = float64(since(before.Packets, now.Packets)) / elapsed.Seconds()
	}
	return t
}

// Plus is both together.
func (c Counts) Plus(other Counts) Counts {
	return Counts{
		c.Entered.Plus(other.Entered), c.Passed.Plus(other.Passed), c.Dropped.Plus(other.Dropped),
		c.QueueDropped.Plus(other.QueueDropped), c.Delayed + other.Delayed, c.Undelayed + other.Undelayed,
		c.Duplicated + other.Duplicated, c.Unmarked + other.Unmarked,
	}
}

// Plus is both together.
func (t Traffic) Plus(other Traffic) Traffic {
	return Traffic{t.Packets + other.Packets, t.Bytes + other.Bytes, t.Rate + other.Rate}
}

// NewEvents works out what became of the events between two totals of both directions, of which this reader
// read some. Each packet has two events, and a packet that was not reported has none. Those that segmentation
// makes of one are reported as that one.
func NewEvents(read uint64, began, now abi.Totals) Events {
	entered := since(began.Passed.Packets, now.Passed.Packets) + since(began.Dropped.Packets, now.Dropped.Packets) +
		since(began.QueueDropped.Packets, now.QueueDropped.Packets)
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
