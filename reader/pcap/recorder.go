// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"cmp"
	"math"
	"path/filepath"
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/events"
	"dilih/reader/tally"
)

// What waits to be written is at most this much, so that memory is bounded at any rate.
const (
	mostDrops = 1 << 12
	mostBytes = 1 << 20
)

// drop is a dropped packet that was reported.
type drop struct {
	at     uint64 // ns of CLOCK_MONOTONIC
	hook   abi.Hook
	length uint32 // bytes of the frame; 0 if unknown
	rule   uint16 // entry of the rules map
	packet []byte // the first bytes of it
}

// Recorder records what is dropped by the faults of one pin directory. It is an events.Consumer. Like all
// else here it is guarded by the mutex of the ledger.
type Recorder struct {
	ledger *Ledger
	pin    string

	drops    []drop // to be written
	bytes    []byte // of their packets
	link     link   // where they come from; none before the first Take
	on       []devices.Device
	comments *comments
	clock    *clock
	held     bool // until the next Take

	began   abi.Totals // of the maps that are read now
	dropped uint64     // since then, as the kernel counts
	before  uint64     // dropped by maps that were read before
}

// Event implements events.Consumer.
func (r *Recorder) Event(event events.Event) {
	if event.Type != abi.Drop {
		return
	}
	r.ledger.mutex.Lock()
	defer r.ledger.mutex.Unlock()
	start := len(r.bytes)
	r.bytes = append(r.bytes, event.Packet...)
	r.drops = append(r.drops, drop{event.Timestamp, event.Hook, event.Length, event.Rule, r.bytes[start:len(r.bytes):len(r.bytes)]})
	if full := len(r.drops) >= mostDrops || len(r.bytes) >= mostBytes; full && !r.held && r.link != (link{}) {
		r.write(math.MaxUint64)
	}
}

// Hold comes before the counters of the snapshot for Take are read. From then on nothing is written,
// since only Take knows what has been counted.
func (r *Recorder) Hold() {
	r.ledger.mutex.Lock()
	defer r.ledger.mutex.Unlock()
	r.held = true
}

// Flushed implements events.Consumer.
func (r *Recorder) Flushed() {}

// Take writes down what was dropped until the counters of the snapshot were read, so that what is
// recorded and what is counted belong together. It returns what went wrong with the file, now or
// before.
func (r *Recorder) Take(s tally.Snapshot) error {
	r.ledger.mutex.Lock()
	defer r.ledger.mutex.Unlock()
	first, otherMaps := r.link == (link{}), s.Began != r.began
	switch {
	case first:
		r.comments.learn(s)
	case otherMaps:
		r.comments.forget()
	default:
		r.comments.catchUp(s)
	}
	if otherMaps {
		r.before += r.dropped
		r.began = s.Began
	}
	r.dropped = lost(s.Totals) - lost(s.Began)
	r.link = link{origin(r.pin, r.on, s.Devices), r.pin}
	r.on, r.held = s.Devices, false
	r.write(s.Counted)
	r.comments.learn(s)
	return r.ledger.failed
}

// lost are the packets that there is a Drop for.
func lost(totals abi.Totals) uint64 { return totals.Dropped.Packets + totals.QueueDropped.Packets }

// origin is the device that packets came in on, or the name of the pin directory where several are
// possible: an event does not say which it was.
func origin(pin string, before, now []devices.Device) string {
	names := make(map[string]bool)
	for _, device := range append(slices.Clone(before), now...) {
		names[device.Label()] = true
	}
	if len(names) != 1 {
		return filepath.Base(pin)
	}
	for name := range names {
		pin = name
	}
	return pin
}

// write writes down what was dropped until then, in the order of time: CPUs report each for itself.
func (r *Recorder) write(until uint64) {
	slices.SortFunc(r.drops, func(a, b drop) int { return cmp.Compare(a.at, b.at) })
	due, found := slices.BinarySearchFunc(r.drops, until, func(d drop, until uint64) int { return cmp.Compare(d.at, until) })
	if found {
		due++
	}
	r.ledger.write(r.drops[:due], r)
	r.clock.follow()
	rest := r.drops[due:]
	for i := range rest {
		rest[i].packet = bytes.Clone(rest[i].packet)
	}
	r.drops = append(r.drops[:0], rest...)
	r.bytes = r.bytes[:0]
}
