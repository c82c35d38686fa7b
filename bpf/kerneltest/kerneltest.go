// SPDX-License-Identifier: MIT

//go:build kernel

// Package kerneltest gives tests the real object: loaded, pinned if need be, with faults in force. It
// needs root and the object that `make` builds.
package kerneltest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// Loaded is one load of the object.
type Loaded struct {
	*ebpf.Collection
	TB  testing.TB // the test that loaded it
	Pin string     // the directory of its pins, if it has any

	// Arriving is which hook decides about incoming packets, from the next Put on.
	Arriving abi.Hook
	// Marking has XDP mark each of them with that hook, from the next Put on.
	Marking bool

	generation uint32
}

// Load loads the object, with nothing in force and without pins.
func Load(tb testing.TB) *Loaded {
	tb.Helper()
	return &Loaded{Collection: newCollection(tb, ebpf.CollectionOptions{}), TB: tb}
}

func newCollection(tb testing.TB, options ebpf.CollectionOptions) *ebpf.Collection {
	tb.Helper()
	spec, err := ebpf.LoadCollectionSpec(object(tb))
	qt.Assert(tb, qt.IsNil(err), qt.Commentf("run make first"))
	collection, err := ebpf.NewCollectionWithOptions(spec, options)
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(collection.Close)
	return collection
}

// object is the file that `make` builds; DILIH_OBJECT names another, for a virtual machine.
func object(tb testing.TB) string {
	tb.Helper()
	if file := os.Getenv("DILIH_OBJECT"); file != "" {
		return file
	}
	return filepath.Join(Directory(tb), "dilih_kern.o")
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
func (l *Loaded) Program(hook abi.Hook) *ebpf.Program { return l.Programs[abi.Programs[hook]] }

// ProgramID is the id of the program for a hook.
func (l *Loaded) ProgramID(hook abi.Hook) uint32 {
	l.TB.Helper()
	info, err := l.Program(hook).Info()
	qt.Assert(l.TB, qt.IsNil(err))
	id, ok := info.ID()
	qt.Assert(l.TB, qt.IsTrue(ok))
	return uint32(id)
}
