// SPDX-License-Identifier: MIT

//go:build kernel

// Package kerneltest gives tests the real objects: loaded, pinned if need be, with faults in force. It
// needs root and the objects that `make` builds.
package kerneltest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// Loaded is one load of dilih_kern.o, and of the other objects over the same maps as soon as a test needs them: the
// verifier takes 50 ms for each.
type Loaded struct {
	Maps map[string]*ebpf.Map
	TB   testing.TB // the test that loaded it
	Pin  string     // the directory of its pins, if it has any

	// Arriving is which hook decides about incoming packets, from the next Put on.
	Arriving abi.Hook
	// Marking has XDP mark each of them with that hook, from the next Put on.
	Marking bool

	programs   map[string]*ebpf.Program
	generation uint32
}

// Load loads what always decides, with nothing in force and without pins.
func Load(tb testing.TB) *Loaded {
	tb.Helper()
	name := abi.Programs[abi.HookXDP]
	collection := newCollection(tb, name, nil)
	return &Loaded{Maps: collection.Maps, TB: tb, programs: map[string]*ebpf.Program{name: collection.Programs[name]}}
}

// newCollection loads the object of a program over these maps, or new ones.
func newCollection(tb testing.TB, program string, maps map[string]*ebpf.Map) *ebpf.Collection {
	tb.Helper()
	spec, err := ebpf.LoadCollectionSpec(filepath.Join(Directory(tb), abi.Object(program)))
	qt.Assert(tb, qt.IsNil(err), qt.Commentf("run make first"))
	if len(spec.Maps) == 0 { // the programs of a queue use none
		maps = nil
	}
	collection, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: maps})
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(collection.Close)
	return collection
}

// Directory is bpf/ of the tree that the test stands in.
func Directory(tb testing.TB) string {
	tb.Helper()
	for above := ".."; ; above = filepath.Join(above, "..") {
		if _, err := os.Stat(filepath.Join(above, "go.mod")); err == nil {
			return filepath.Join(above, "bpf")
		}
		qt.Assert(tb, qt.IsTrue(len(above) < 64), qt.Commentf("no go.mod above"))
	}
}

// Program is the program for a hook.
func (l *Loaded) Program(hook abi.Hook) *ebpf.Program {
	l.TB.Helper()
	return l.Named(abi.Programs[hook])
}

// Named is the program of that name.
func (l *Loaded) Named(name string) *ebpf.Program {
	l.TB.Helper()
	if l.programs[name] == nil {
		l.programs[name] = newCollection(l.TB, name, l.Maps).Programs[name]
		if l.Pin != "" {
			l.pinProgram(l.programs[name], filepath.Join(l.Pin, name))
		}
		if l.generation > 0 {
			l.flip()
		}
	}
	return l.programs[name]
}

// LoadAll loads the programs for all hooks.
func (l *Loaded) LoadAll() *Loaded {
	l.TB.Helper()
	for hook := range abi.Programs {
		l.Program(abi.Hook(hook))
	}
	l.Named(abi.QueueProgram)
	l.Named(abi.DuplicateProgram)
	return l
}

// ProgramID is the id of the program for a hook.
func (l *Loaded) ProgramID(hook abi.Hook) uint32 {
	l.TB.Helper()
	info, err := l.Program(hook).Info()
	qt.Assert(l.TB, qt.IsNil(err))
	id, ok := info.ID()
	qt.Assert(l.TB, qt.IsTrue(ok))
	return uint32(id)
}
