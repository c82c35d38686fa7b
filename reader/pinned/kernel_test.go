// SPDX-License-Identifier: MIT

//go:build kernel

package pinned_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/reader/pinned"
)

func open(t *testing.T, path string) *pinned.Pins {
	t.Helper()
	pins, err := pinned.Open(path)
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { pins.Close() })
	return pins
}

// The object that ships has the shapes that the reader wants.
func TestReal(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	pins := open(t, loaded.Pin)

	state, err := pins.Read()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsFalse(state.InForce()))

	faulttest.Force(loaded, "drop 100%", faulttest.GuardARP)
	loaded.Packets(100, 60)
	state, err = pins.Read()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsTrue(state.InForce()))
	qt.Assert(t, qt.Equals(state.Set.Seed, 42))
	qt.Assert(t, qt.HasLen(state.Rules, 2))
	qt.Assert(t, qt.Equals(state.Rules[0].Rule.Guard, 1))
	qt.Assert(t, qt.Equals(state.Rules[1].Entry, abi.MaxRules+1))
	qt.Assert(t, qt.Equals(state.Rules[1].Counters.Dropped, abi.Tally{Packets: 100, Bytes: 6000}))
	qt.Assert(t, qt.Equals(state.Totals[abi.DirectionIn], loaded.Totals()))
	qt.Assert(t, qt.Equals(state.Totals[abi.DirectionIn].Dropped.Packets, 100))
	qt.Assert(t, qt.IsFalse(state.Counted(abi.DirectionOut)))
	qt.Assert(t, qt.IsFalse(state.HasFaults(abi.DirectionOut)))

	events, err := pins.EventMap()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(events.Close()))
}

// Both directions are read, each by itself, and how many decisions a rule made.
func TestRealOut(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	pins := open(t, loaded.Pin)
	faulttest.Force(loaded, "drop 100% out; drop every 2", faulttest.GuardARP)
	loaded.Packets(10, 60)
	for range 7 {
		loaded.RunAt(abi.HookTCOut, make([]byte, 60))
	}
	state, err := pins.Read()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(state.Totals[abi.DirectionOut], loaded.TotalsOf(abi.DirectionOut)))
	qt.Assert(t, qt.Equals(state.Totals[abi.DirectionOut].Dropped.Packets, 7))
	qt.Assert(t, qt.Equals(state.All().Dropped.Packets, 7+5))
	qt.Assert(t, qt.Equals(state.All().Passed.Packets, 5))
	qt.Assert(t, qt.IsTrue(state.Counted(abi.DirectionOut)))
	qt.Assert(t, qt.IsTrue(state.HasFaults(abi.DirectionOut)))
	qt.Assert(t, qt.Equals(state.Rules[1].Decisions, 7))
	qt.Assert(t, qt.Equals(state.Rules[2].Decisions, 0)) // its sequence is not of a CPU
	qt.Assert(t, qt.Equals(state.Rules[1].Counters.State, 0))
}

// A pin of any other shape is refused, and the error says what was expected.
func TestShapes(t *testing.T) {
	tests := []struct {
		spec ebpf.MapSpec
		want string
	}{
		{ebpf.MapSpec{Name: "control", Type: ebpf.Hash, KeySize: 4, ValueSize: 8, MaxEntries: 1}, "is a Hash"},
		{ebpf.MapSpec{Name: "control", Type: ebpf.Array, KeySize: 4, ValueSize: 16, MaxEntries: 1}, "value 48 bytes"},
		{ebpf.MapSpec{Name: "sets", Type: ebpf.Array, KeySize: 4, ValueSize: 32, MaxEntries: 3}, "expected a Array of 2 entries"},
		{ebpf.MapSpec{Name: "rules", Type: ebpf.Array, KeySize: 4, ValueSize: 144, MaxEntries: 128}, "value 192 bytes"},
		{ebpf.MapSpec{Name: "rule_counters", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: 80, MaxEntries: 64}, "of 128 entries"},
		{ebpf.MapSpec{Name: "totals", Type: ebpf.Array, KeySize: 4, ValueSize: 120, MaxEntries: 2}, "expected a PerCPUArray"},
	}
	for _, test := range tests {
		t.Run(test.spec.Name+" "+test.want, func(t *testing.T) {
			loaded := kerneltest.LoadPinned(t)
			pin := filepath.Join(loaded.Pin, test.spec.Name)
			qt.Assert(t, qt.IsNil(os.Remove(pin)))
			m, err := ebpf.NewMap(&test.spec)
			qt.Assert(t, qt.IsNil(err))
			defer m.Close()
			qt.Assert(t, qt.IsNil(m.Pin(pin)))

			err = openAll(loaded.Pin)
			qt.Assert(t, qt.ErrorIs(err, pinned.ErrVersion))
			qt.Assert(t, qt.StringContains(err.Error(), test.want))
			qt.Assert(t, qt.StringContains(err.Error(), pin))
		})
	}
}

// The trap of a perf map with a written max_entries, which bpftool keeps to the letter.
func TestPerfMapOfTheWrongSize(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	pin := filepath.Join(loaded.Pin, abi.OutputMap)
	qt.Assert(t, qt.IsNil(os.Remove(pin)))
	create := exec.Command("bpftool", "map", "create", pin, "type", "perf_event_array",
		"key", "4", "value", "4", "entries", "1024", "name", "output_map")
	said, err := create.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", said))

	err = openAll(loaded.Pin)
	qt.Assert(t, qt.ErrorIs(err, pinned.ErrVersion))
	qt.Assert(t, qt.StringContains(err.Error(), "of 1024 entries"))
	qt.Assert(t, qt.StringContains(err.Error(), fmt.Sprintf("of %d entries", ebpf.MustPossibleCPU())))
}

func openAll(path string) error {
	pins, err := pinned.Open(path)
	if err != nil {
		return err
	}
	defer pins.Close()
	events, err := pins.EventMap()
	if err != nil {
		return err
	}
	return events.Close()
}

func TestMissingPin(t *testing.T) {
	for name, want := range map[string]error{
		abi.ControlMap: pinned.ErrNotLoaded,
		abi.TotalsMap:  pinned.ErrIncomplete,
		abi.OutputMap:  pinned.ErrIncomplete,
	} {
		loaded := kerneltest.LoadPinned(t)
		qt.Assert(t, qt.IsNil(os.Remove(filepath.Join(loaded.Pin, name))))
		err := openAll(loaded.Pin)
		qt.Assert(t, qt.ErrorIs(err, pinned.ErrNotLoaded))
		qt.Assert(t, qt.ErrorIs(err, want))
	}
}

func TestOtherABI(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	loaded.Set(abi.ControlMap, 0, abi.Control{ABI: abi.Version + 1})
	_, err := open(t, loaded.Pin).Read()
	qt.Assert(t, qt.ErrorIs(err, pinned.ErrVersion))
}

// While faults change without end, each reading is of one set: its rules, its seed and its counters.
func TestReadIsOfOneSet(t *testing.T) {
	const changes = 3000
	loaded := kerneltest.LoadPinned(t)
	texts := [abi.Banks]string{"drop 100%", "pass"}
	pins := open(t, loaded.Pin)
	stop, mixture := make(chan struct{}), make(chan error, 1)
	go func() { mixture <- readUntil(stop, pins) }()
	for generation := uint64(1); generation <= changes; generation++ {
		faulttest.Force(loaded, texts[generation%abi.Banks], faulttest.Seed(generation))
	}
	close(stop)
	qt.Assert(t, qt.IsNil(<-mixture))
}

// readUntil reads again and again, and ends with an error at the first state that is of two sets.
func readUntil(stop chan struct{}, pins *pinned.Pins) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		state, err := pins.Read()
		if err != nil || !state.InForce() {
			continue // changed faster than it could be read: an error, not a mixture
		}
		drops := state.Control.Generation%abi.Banks == 0
		if state.Set.Seed != uint64(state.Control.Generation) || len(state.Rules) != 1 ||
			(state.Rules[0].Rule.Action == abi.ActionDrop) != drops {
			return fmt.Errorf("a mixture: %+v", state)
		}
	}
}

func TestLock(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	first, second := open(t, loaded.Pin), open(t, loaded.Pin)
	qt.Assert(t, qt.IsNil(first.Lock()))
	var busy *pinned.Busy
	qt.Assert(t, qt.ErrorAs(second.Lock(), &busy))
	qt.Assert(t, qt.Equals(busy.PID, os.Getpid()))
	qt.Assert(t, qt.Equals(busy.User, "root"))
	qt.Assert(t, qt.IsNil(first.Unlock()))
	qt.Assert(t, qt.IsNil(second.Lock()))
	qt.Assert(t, qt.IsNotNil(first.Lock()))
	qt.Assert(t, qt.IsNil(second.Close()))
	qt.Assert(t, qt.IsNil(first.Lock()))
}

// Who may not read events cannot have the lock either, and who has it keeps it whatever happens to the
// directory.
func TestLockIsOfThoseWhoMayReadEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	lock := filepath.Join(loaded.Pin, abi.EventsLock)
	pins := open(t, loaded.Pin)
	qt.Assert(t, qt.IsNil(pins.Lock()))
	qt.Assert(t, qt.IsNil(os.Remove(lock)))
	qt.Assert(t, qt.ErrorIs(open(t, loaded.Pin).Lock(), pinned.ErrIncomplete))
	qt.Assert(t, qt.IsNil(os.Symlink(t.TempDir(), lock)))
	qt.Assert(t, qt.IsNotNil(open(t, loaded.Pin).Lock()))
	qt.Assert(t, qt.IsNil(pins.Unlock()))
}

// What another user pins at the path is not taken for dilih's.
func TestOfAnotherUser(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	qt.Assert(t, qt.IsNil(os.Chown(loaded.Pin, 65534, 65534)))
	_, err := pinned.Open(loaded.Pin)
	qt.Assert(t, qt.ErrorIs(err, pinned.ErrNotLoaded))
	qt.Assert(t, qt.StringContains(err.Error(), "belongs to user 65534"))
}

func TestMoved(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	pins := open(t, loaded.Pin)
	qt.Assert(t, qt.IsFalse(pins.Moved()))
	loaded.Unpin()
	qt.Assert(t, qt.IsFalse(pins.Moved()))
	again := kerneltest.LoadPinnedAt(t, loaded.Pin)
	qt.Assert(t, qt.IsTrue(pins.Moved()))
	qt.Assert(t, qt.IsFalse(open(t, again.Pin).SameMaps(pins)))
	qt.Assert(t, qt.IsTrue(pins.SameMaps(pins)))
}

// The open directory tells that the programs' pins have gone, and what was opened stays readable.
func TestPinsGone(t *testing.T) {
	loaded := kerneltest.LoadPinned(t).LoadAll()
	pins := open(t, loaded.Pin)
	qt.Assert(t, qt.IsNil(pins.Loaded()))
	loaded.Replace()
	qt.Assert(t, qt.IsNil(pins.Loaded()))

	for _, name := range abi.Programs {
		qt.Assert(t, qt.IsNil(pins.Loaded()))
		qt.Assert(t, qt.IsNil(os.Remove(filepath.Join(loaded.Pin, name))))
	}
	qt.Assert(t, qt.ErrorIs(pins.Loaded(), pinned.ErrNotLoaded))
	loaded.Unpin()
	qt.Assert(t, qt.ErrorIs(pins.Loaded(), pinned.ErrNotLoaded))
	_, err := pins.Read()
	qt.Assert(t, qt.IsNil(err))
}
