// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/events"
	"dilih/reader/fault/faulttest"
	"dilih/reader/pinned"
)

// A second session does not take the events of the first, and gets them when that one ends.
func TestOneReader(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	first, second := open(t, loaded.Pin), open(t, loaded.Pin)
	var busy *pinned.Busy
	qt.Assert(t, qt.IsNil(first.Blind()))
	qt.Assert(t, qt.ErrorAs(second.Blind(), &busy))
	loaded.Packets(11, 60)
	qt.Assert(t, qt.Equals(look(t, first).Events.Read, 22))
	blind := look(t, second)
	qt.Assert(t, qt.Equals(blind.Events.Read, 0))
	qt.Assert(t, qt.Equals(blind.Entered.Packets, 11))
	qt.Assert(t, qt.IsNotNil(blind.Blind))

	qt.Assert(t, qt.IsNil(first.Close()))
	qt.Assert(t, qt.IsNil(look(t, second).Blind))
	loaded.Packets(7, 60)
	qt.Assert(t, qt.Equals(look(t, second).Events.Read, 14))
}

// A reader that does not ask for the lock takes the events: the session says so, and has them back when
// that reader is gone.
func TestTakenEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(11, 60)
	qt.Assert(t, qt.IsNil(look(t, s).Blind))
	// From a pin of its own, since its rings leave the map only with the file that put them there.
	output, err := ebpf.LoadPinnedMap(filepath.Join(loaded.Pin, abi.OutputMap), nil)
	qt.Assert(t, qt.IsNil(err))
	thief, err := perf.NewReader(output, 1<<16)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(look(t, s).Blind)) // nothing is missing so far
	loaded.Packets(3, 60)
	taken := look(t, s)
	qt.Assert(t, qt.ErrorIs(taken.Blind, events.ErrTaken))
	qt.Assert(t, qt.Equals(taken.Events.Read, 22))
	qt.Assert(t, qt.Equals(taken.Entered.Packets, 14))

	qt.Assert(t, qt.IsNil(thief.Close()))
	qt.Assert(t, qt.IsNil(output.Close()))
	loaded.Packets(1, 60) // finds no ring
	qt.Assert(t, qt.IsNil(look(t, s).Blind))
	loaded.Packets(5, 60)
	qt.Assert(t, qt.Equals(look(t, s).Events.Read, 32))
}

// `make` run again swaps the program under the pin: counts and events go on.
func TestReplacedProgram(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(5, 60)
	loaded.Replace()
	loaded.Packets(6, 60)
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 11))
	qt.Assert(t, qt.Equals(now.Events.Read, 22))
	qt.Assert(t, qt.IsNil(now.Blind))
}

func TestNewFaults(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	s := open(t, loaded.Pin)
	qt.Assert(t, qt.IsFalse(look(t, s).InForce))
	faulttest.Force(loaded, "drop 100%")
	loaded.Packets(5, 60)
	qt.Assert(t, qt.Equals(look(t, s).Rules[0].Matched.Packets, 5))
	faulttest.Force(loaded, "pass tcp; drop 0%", faulttest.Shadow, faulttest.Seed(7))
	loaded.Packets(3, 60)
	now := look(t, s)
	qt.Assert(t, qt.HasLen(now.Rules, 2))
	qt.Assert(t, qt.Equals(now.Rules[1].Text, "drop 0%"))
	qt.Assert(t, qt.Equals(now.Rules[1].Matched.Packets, 3))
	qt.Assert(t, qt.Equals(now.Entered.Packets, 8))
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 5))
	qt.Assert(t, qt.IsTrue(now.Shadow))
	qt.Assert(t, qt.Equals(now.Seed, 7))
	qt.Assert(t, qt.IsTrue(now.Lease.Forever))
}

func TestLeaseEnds(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	s := open(t, loaded.Pin)
	faulttest.Force(loaded, "drop 100%", faulttest.Deadline(1))
	qt.Assert(t, qt.IsTrue(look(t, s).Lease.Ended()))
	faulttest.Force(loaded, "drop 100%", faulttest.Deadline(math.MaxInt64))
	qt.Assert(t, qt.IsTrue(look(t, s).Lease.Left > 24*time.Hour))
}

// When the pins are gone the last counts are still there.
func TestUnloaded(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(5, 60)
	loaded.Unpin()
	now := look(t, s)
	qt.Assert(t, qt.ErrorIs(now.Gone, pinned.ErrNotLoaded))
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 5))
	qt.Assert(t, qt.Equals(now.Events.Read, 10))
}

// Unloaded and loaded anew between two looks: the session goes over to what is there now.
func TestLoadedAnew(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(5, 60)
	look(t, s)
	loaded.Unpin()
	again := kerneltest.LoadPinnedAt(t, loaded.Pin)
	qt.Assert(t, qt.Equals(look(t, s).Entered.Packets, 0))
	faulttest.Force(again, "drop 100%")
	again.Packets(3, 60)
	now := look(t, s)
	qt.Assert(t, qt.IsNil(now.Gone))
	qt.Assert(t, qt.IsNil(now.Blind))
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 3))
	qt.Assert(t, qt.Equals(now.Events.Read, 6))
}

// Loaded anew with another ABI: the last counts are those of the maps that it can read.
func TestLoadedAnewWithAnotherABI(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(5, 60)
	loaded.Unpin()
	again := kerneltest.LoadPinnedAt(t, loaded.Pin)
	again.Set(abi.ControlMap, 0, abi.Control{ABI: abi.Version + 1, Generation: 1})
	now := look(t, s)
	qt.Assert(t, qt.ErrorIs(now.Gone, pinned.ErrVersion))
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 5))
	qt.Assert(t, qt.Equals(now.Events.Read, 10))
}

// Whoever may write to the perf map may freeze it. A session that starts then says so, and so does one
// that has lost its rings before.
func TestFrozenEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	thief, err := perf.NewReader(loaded.Maps[abi.OutputMap], 1<<16)
	qt.Assert(t, qt.IsNil(err))
	defer thief.Close()
	qt.Assert(t, qt.IsNil(thief.Pause())) // takes its rings out again
	qt.Assert(t, qt.IsNil(loaded.Maps[abi.OutputMap].Freeze()))
	loaded.Packets(3, 60) // find no ring
	look(t, s)
	qt.Assert(t, qt.ErrorIs(look(t, s).Blind, pinned.ErrFrozen))
	qt.Assert(t, qt.IsNil(s.Close()))
	qt.Assert(t, qt.ErrorIs(open(t, loaded.Pin).Blind(), pinned.ErrFrozen))
}

// The directory of pins was replaced by one with the same maps: no event is lost, and the lock moves.
func TestMovedPins(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	s := open(t, loaded.Pin)
	loaded.Packets(5, 60)
	loaded.PinAnew()
	loaded.Packets(4, 60)
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Dropped.Packets, 9))
	qt.Assert(t, qt.Equals(now.Events.Read, 18))
	var busy *pinned.Busy
	qt.Assert(t, qt.ErrorAs(open(t, loaded.Pin).Blind(), &busy))
}
