// SPDX-License-Identifier: MIT

// Package tally is the arithmetic of the reader: from counters and events to what people are shown.
package tally

import (
	"time"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// Snapshot is all that there is to show of one pin directory at one moment. Every view renders from
// it alone.
type Snapshot struct {
	Time    time.Time
	Pin     string
	Elapsed time.Duration // since the snapshot before, which rates are over; 0 in the first
	Slept   time.Duration // that the system was suspended meanwhile, which Elapsed leaves out
	Devices []devices.Device
	Unseen  []Unseen // of each of Devices, since the snapshot before; none in the first
	Unread  []string // network namespaces whose devices could not be read, and why
	Unnamed bool     // nobody has said which program it is, so that Devices are not known

	InForce    bool     // faults have been put in force since the load
	Generation uint32   // one more for every set of faults put in force
	Arriving   abi.Hook // where what arrives is decided: abi.HookXDP, or abi.HookTCIn
	Seed       uint64
	Shadow     bool
	Lease      Lease

	Counts               // of what arrives
	Out          *Counts // of what leaves; nil if no program looks at it, and none has
	Rules        []Rule
	PassedTimes  Times
	DroppedTimes Times
	Delays       Delays // that were asked for, of the packets reported
	Events       Events

	Totals  abi.Totals // since the load, as the kernel has them, of both directions
	Began   abi.Totals // Totals when the reader began
	Counted uint64     // ns of CLOCK_MONOTONIC: what was decided before is in Totals

	// Blind is why there are no events, or nil. Why says it to people, with what would change it.
	Blind error
	Why   string
	// Gone is why there will be no more snapshots, or nil.
	Gone error
}

// Counts are what was counted of one direction since the load.
type Counts struct {
	Entered, Passed, Dropped Traffic

	QueueDropped Traffic // as the queue of a rate was full
	Delayed      uint64  // packets
	Undelayed    uint64  // packets that were to wait, but were decided where nothing can
	Duplicated   uint64  // packets
	Unmarked     uint64  // incoming packets that tc decided because XDP had not marked them
}

// ByDirection are the counts by abi.Direction: of what arrives, and of what leaves if Out is there.
func (s Snapshot) ByDirection() []Counts {
	if s.Out == nil {
		return []Counts{s.Counts}
	}
	return []Counts{s.Counts, *s.Out}
}

// Traffic is what was counted since the load, by verdict. In shadow mode what was dropped passed all
// the same.
type Traffic struct {
	Packets, Bytes uint64
	Rate           float64 // packets per second since the snapshot before
}

// Share is the part of the whole that this is, from 0 to 1; 0 of nothing.
func (t Traffic) Share(whole Traffic) float64 {
	if whole.Packets == 0 {
		return 0
	}
	return float64(t.Packets) / float64(whole.Packets)
}

// ShareNow is the part of the whole that this is since the snapshot before, from 0 to 1; NaN of nothing.
func (t Traffic) ShareNow(whole Traffic) float64 {
	return t.Rate / whole.Rate
}

// Events is what became of the events since the reader began.
type Events struct {
	Read       uint64 // by this reader
	SampledOut uint64 // of packets that the program chose not to report
	Lost       uint64 // that the kernel could not hand over
}

// Lease is when the faults end by themselves.
type Lease struct {
	Forever bool
	Left    time.Duration // 0 if it has ended, or is forever
}

// Ended says that the faults have ended: everything passes.
func (l Lease) Ended() bool { return !l.Forever && l.Left == 0 }

// NewLease makes a Lease of a deadline and the time now, both in nanoseconds of CLOCK_BOOTTIME.
// Deadline 0 means never.
func NewLease(deadline, now uint64) Lease {
	if deadline == 0 {
		return Lease{Forever: true}
	}
	if deadline <= now {
		return Lease{}
	}
	return Lease{Left: time.Duration(deadline - now)}
}
