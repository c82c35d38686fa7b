// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

func TestFaults(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	control := look(t, loaded.Pin).Pinned.Control
	qt.Assert(t, qt.IsNotNil(control))
	qt.Check(t, qt.IsFalse(control.Active))
	rules := []abi.Rule{{Kinds: abi.KindARP, Guard: 1}, {Kinds: abi.KindUDP, Action: abi.ActionDrop, P: abi.One / 2}}
	loaded.Put(abi.FaultSet{Seed: 42, Deadline: 7}, rules...)
	control = look(t, loaded.Pin).Pinned.Control
	qt.Assert(t, qt.IsTrue(control.Active))
	qt.Check(t, qt.Equals(control.Set, abi.FaultSet{Seed: 42, Deadline: 7, Generation: control.Generation, Rules: 2}))
	qt.Check(t, qt.DeepEquals(control.Rules, rules))

	// Of another ABI nothing is known but that.
	loaded.Set(abi.ControlMap, 0, abi.Control{ABI: abi.Version + 1, Generation: 5})
	found, err := world.Look(context.Background(), world.Question{PIN: loaded.Pin})
	qt.Assert(t, qt.IsNil(err))
	control = found.Pinned.Control
	qt.Check(t, qt.IsTrue(control.Active))
	qt.Check(t, qt.Equals(control.ABI, uint32(abi.Version+1)))
	qt.Check(t, qt.Matches(control.Error, ".*ABI.*"))
	qt.Check(t, qt.HasLen(control.Rules, 0))
}

// The pins, with ids, and the events map of the programs.
func TestPins(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	found := look(t, loaded.Pin)
	qt.Check(t, qt.Equals(found.Pinned.Type, world.Dir))
	qt.Check(t, qt.HasLen(found.Programs, len(abi.Programs)))
	kept := make(map[string]world.Entry)
	for _, entry := range found.Pinned.Inside {
		kept[entry.Name] = entry
	}
	for _, name := range abi.Programs {
		qt.Check(t, qt.Equals(kept[name].Program, program(t, found, name).ID), qt.Commentf("%s", name))
	}
	for name, m := range loaded.Maps {
		info, err := m.Info()
		qt.Assert(t, qt.IsNil(err))
		id, _ := info.ID()
		qt.Check(t, qt.Equals(kept[name].Map, uint32(id)), qt.Commentf("%s", name))
	}
	qt.Check(t, qt.Equals(kept[abi.EventsLock].Type, world.Dir))
	qt.Check(t, qt.Equals(program(t, found, "xdp_dilih").Events, kept[abi.OutputMap].Map))
	qt.Check(t, qt.IsFalse(kept[abi.OutputMap].Frozen))
	qt.Assert(t, qt.IsNil(loaded.Maps[abi.OutputMap].Freeze()))
	for _, entry := range look(t, loaded.Pin).Pinned.Inside {
		qt.Check(t, qt.Equals(entry.Frozen, entry.Name == abi.OutputMap), qt.Commentf("%s", entry.Name))
	}
}

// What others have put at our names is not entered, followed or opened.
func TestStrangers(t *testing.T) {
	enterLab(t)
	run(t, "umount -a -t bpf") // of which others may be open as well
	loaded := load(t)
	pin := filepath.Join(filepath.Dir(loaded.Pin), "mine")
	qt.Assert(t, qt.IsNil(os.Symlink(loaded.Pin, pin)))
	qt.Assert(t, qt.IsNil(os.Mkdir(pin+"-new", 0o755)))
	qt.Assert(t, qt.IsNil(os.Chown(pin+"-new", 4242, 4242)))
	run(t, "bpftool prog pin id %d %s-old", loaded.ProgramID(abi.HookXDP), pin)
	found := look(t, pin)
	qt.Check(t, qt.Equals(found.Pinned.Type, world.Link))
	qt.Check(t, qt.IsNil(found.Pinned.Control))
	qt.Check(t, qt.Equals(found.New.UID, 4242))
	qt.Check(t, qt.HasLen(found.New.Inside, 0))
	qt.Check(t, qt.Equals(found.Old.Type, world.File))
	qt.Check(t, qt.Equals(found.Old.Program, loaded.ProgramID(abi.HookXDP)))
	qt.Check(t, qt.HasLen(found.Programs, 0))
	qt.Check(t, qt.Equals(found.BPFFS.Open, pin+"-new"))
}

// A World is the same after it was written as JSON and read again.
func TestJSON(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	loaded.Put(abi.FaultSet{Seed: 42}, abi.Rule{Kinds: abi.KindARP})
	run(t, "ip link add a0 type veth peer a1; bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", loaded.Pin)
	found := look(t, loaded.Pin)
	text, err := json.Marshal(found)
	qt.Assert(t, qt.IsNil(err))
	var again world.World
	qt.Assert(t, qt.IsNil(json.Unmarshal(text, &again)))
	qt.Check(t, qt.DeepEquals(again, found))
}
