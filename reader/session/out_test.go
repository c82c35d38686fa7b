// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"math"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/reader/tally"
)

// leave lets so many packets of 60 bytes leave.
func leave(loaded *kerneltest.Loaded, packets int) {
	for range packets {
		loaded.RunAt(abi.HookTCOut, make([]byte, 60))
	}
}

// What leaves is counted beside what arrives, and as soon as there is any. The events are one account.
func TestOut(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%; drop every 3 out; drop 20% out arp")
	events := &recorder{}
	s := open(t, loaded.Pin, events)
	loaded.Packets(10, 60)
	first := look(t, s)
	qt.Assert(t, qt.IsNil(first.Out))
	qt.Assert(t, qt.HasLen(first.ByDirection(), 1))

	loaded.Packets(101, 60)
	leave(loaded, 31)
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Entered.Packets, 111))
	qt.Assert(t, qt.Equals(math.Round(now.Entered.Rate*now.Elapsed.Seconds()), 101))
	qt.Assert(t, qt.Equals(now.Out.Entered.Packets, 31))
	qt.Assert(t, qt.Equals(now.Out.Dropped.Packets, 10))
	qt.Assert(t, qt.Equals(math.Round(now.Out.Passed.Rate*now.Elapsed.Seconds()), 21))
	qt.Assert(t, qt.Equals(now.Events, tally.Events{Read: 2 * (111 + 31)}))
	qt.Assert(t, qt.IsNil(now.Blind))
	qt.Assert(t, qt.Equals(now.Totals.Dropped.Packets, now.Dropped.Packets+10))
	qt.Assert(t, qt.Equals(now.Rules[1].Way, abi.DirectionOut))
	qt.Assert(t, qt.Equals(now.Rules[1].Dropped.Packets, 10))

	// It stays when no fault asks for it any more.
	faulttest.Force(loaded, "drop 50%")
	qt.Assert(t, qt.Equals(look(t, s).Out.Entered.Packets, 31))
}

// Events of what left before there was a reader are none that somebody took.
func TestOutBeforeTheReader(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50% out")
	leave(loaded, 11)
	s := open(t, loaded.Pin)
	qt.Assert(t, qt.Equals(look(t, s).Events, tally.Events{}))
	leave(loaded, 7)
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Events, tally.Events{Read: 14}))
	qt.Assert(t, qt.IsNil(now.Blind))
	qt.Assert(t, qt.Equals(now.Out.Entered.Packets, 18))
}

// What waits is counted, and reported with its delay.
func TestDelays(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 20% out arp; delay 5ms duplicate 100% out")
	events := &recorder{}
	s := open(t, loaded.Pin, events)
	look(t, s)
	leave(loaded, 31)
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Out.Delayed, 31))
	qt.Assert(t, qt.Equals(now.Out.Duplicated, 31))
	qt.Assert(t, qt.Equals(now.Rules[1].Delayed, 31))
	qt.Assert(t, qt.Equals(now.Rules[1].MeanDelay, 5))
	qt.Assert(t, qt.Equals(events.events[1].Delay, 5000))
	qt.Assert(t, qt.DeepEquals(now.Delays, tally.Delays{Weight: 31, Step: 5, First: 5000, Bins: []uint64{31}}))
}
