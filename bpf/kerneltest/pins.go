// SPDX-License-Identifier: MIT

//go:build kernel

package kerneltest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// BPFFS mounts a bpffs, which everybody may look into.
func BPFFS(tb testing.TB) string {
	tb.Helper()
	directory, err := os.MkdirTemp("", "dilih-bpffs")
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(func() { os.Remove(directory) })
	qt.Assert(tb, qt.IsNil(os.Chmod(directory, 0o755)))
	qt.Assert(tb, qt.IsNil(unix.Mount("bpf", directory, "bpf", 0, "mode=0755")))
	tb.Cleanup(func() { unix.Unmount(directory, unix.MNT_DETACH) })
	return directory
}

// LoadPinned loads what Load does and pins it in a bpffs made for it.
func LoadPinned(tb testing.TB) *Loaded {
	tb.Helper()
	return LoadPinnedAt(tb, filepath.Join(BPFFS(tb), "dilih"))
}

// LoadPinnedAt loads what Load does and pins it in a new directory.
func LoadPinnedAt(tb testing.TB, pin string) *Loaded {
	tb.Helper()
	l := Load(tb)
	l.Pin = pin
	l.pinAt(pin)
	return l
}

func (l *Loaded) pinAt(pin string) {
	l.TB.Helper()
	qt.Assert(l.TB, qt.IsNil(os.Mkdir(pin, 0o755)))
	qt.Assert(l.TB, qt.IsNil(os.Mkdir(filepath.Join(pin, abi.EventsLock), 0o700)))
	for name, m := range l.Maps {
		clone, err := m.Clone() // a map remembers one pin
		qt.Assert(l.TB, qt.IsNil(err))
		qt.Assert(l.TB, qt.IsNil(clone.Pin(filepath.Join(pin, name))))
		qt.Assert(l.TB, qt.IsNil(clone.Close()))
	}
	for name, program := range l.programs {
		l.pinProgram(program, filepath.Join(pin, name))
	}
}

func (l *Loaded) pinProgram(program *ebpf.Program, pin string) {
	l.TB.Helper()
	clone, err := program.Clone()
	qt.Assert(l.TB, qt.IsNil(err))
	qt.Assert(l.TB, qt.IsNil(clone.Pin(pin)))
	qt.Assert(l.TB, qt.IsNil(clone.Close()))
}

// PinAnew replaces the directory of pins by another one of the same maps and programs.
func (l *Loaded) PinAnew() {
	l.TB.Helper()
	l.pinAt(l.Pin + "_new")
	l.Unpin()
	qt.Assert(l.TB, qt.IsNil(os.Rename(l.Pin+"_new", l.Pin)))
}

// Replace puts other programs on the same maps and under the same pins, as `make` run again does.
func (l *Loaded) Replace() {
	l.TB.Helper()
	for name := range l.programs {
		program := newCollection(l.TB, name, l.Maps).Programs[name]
		l.programs[name] = program
		pin := filepath.Join(l.Pin, name)
		l.pinProgram(program, pin+"_new")
		qt.Assert(l.TB, qt.IsNil(os.Rename(pin+"_new", pin)))
	}
	if l.generation > 0 {
		l.flip()
	}
}

// Unpin removes the pins, as `make clean` does.
func (l *Loaded) Unpin() {
	l.TB.Helper()
	qt.Assert(l.TB, qt.IsNil(os.RemoveAll(l.Pin)))
}
