// SPDX-License-Identifier: MIT

//go:build kernel

// Package kerneltest gives tests the real object, loaded and pinned in a bpffs of their own. It needs
// root and the object that `make` builds.
package kerneltest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/fault"
)

// Loaded is one load of the object.
type Loaded struct {
	*ebpf.Collection
	Pin string // the directory of its pins

	tb         testing.TB
	generation uint32
}

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

// Load loads the object and pins it in a bpffs made for it.
func Load(tb testing.TB) *Loaded {
	tb.Helper()
	return LoadAt(tb, filepath.Join(BPFFS(tb), "dilih"))
}

// LoadAt loads the object and pins it in a new directory.
func LoadAt(tb testing.TB, pin string) *Loaded {
	tb.Helper()
	l := &Loaded{Collection: newCollection(tb, ebpf.CollectionOptions{}), Pin: pin, tb: tb}
	l.pinAt(pin)
	return l
}

func (l *Loaded) pinAt(pin string) {
	l.tb.Helper()
	qt.Assert(l.tb, qt.IsNil(os.Mkdir(pin, 0o755)))
	for name, m := range l.Maps {
		clone, err := m.Clone() // a map remembers one pin
		qt.Assert(l.tb, qt.IsNil(err))
		qt.Assert(l.tb, qt.IsNil(clone.Pin(filepath.Join(pin, name))))
		qt.Assert(l.tb, qt.IsNil(clone.Close()))
	}
	clone, err := l.Programs[abi.Program].Clone()
	qt.Assert(l.tb, qt.IsNil(err))
	qt.Assert(l.tb, qt.IsNil(clone.Pin(filepath.Join(pin, abi.Program))))
	qt.Assert(l.tb, qt.IsNil(clone.Close()))
}

// PinAnew replaces the directory of pins by another one of the same maps and program.
func (l *Loaded) PinAnew() {
	l.tb.Helper()
	l.pinAt(l.Pin + "_new")
	l.Unpin()
	qt.Assert(l.tb, qt.IsNil(os.Rename(l.Pin+"_new", l.Pin)))
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
	for directory := ".."; ; directory = filepath.Join(directory, "..") {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return filepath.Join(directory, "bpf", "dilih_kern.o")
		}
		qt.Assert(tb, qt.IsTrue(len(directory) < 64), qt.Commentf("no go.mod above"))
	}
}

// Replace puts another program on the same maps under the pin, as `make` run again does.
func (l *Loaded) Replace() {
	l.tb.Helper()
	maps := make(map[string]*ebpf.Map)
	for name, m := range l.Maps {
		maps[name] = m
	}
	next := newCollection(l.tb, ebpf.CollectionOptions{MapReplacements: maps})
	l.Programs[abi.Program] = next.Programs[abi.Program]
	pin := filepath.Join(l.Pin, abi.Program)
	qt.Assert(l.tb, qt.IsNil(l.Programs[abi.Program].Pin(pin+"_new")))
	qt.Assert(l.tb, qt.IsNil(os.Rename(pin+"_new", pin)))
	if l.generation > 0 {
		l.flip()
	}
}

// Unpin removes the pins, as `make clean` does.
func (l *Loaded) Unpin() {
	l.tb.Helper()
	qt.Assert(l.tb, qt.IsNil(os.RemoveAll(l.Pin)))
}

// Put puts faults in force, as the bpftool batch of a plan does. The first of them are guards. change
// may change what holds for all of them; they never end and report all packets otherwise.
func (l *Loaded) Put(text string, guards int, change func(*abi.FaultSet)) {
	l.tb.Helper()
	faults, err := fault.Parse("test", text)
	qt.Assert(l.tb, qt.IsNil(err))
	l.generation++
	bank := l.generation % abi.Banks
	for i, f := range faults {
		rule := f.Rule(42, i+1)
		if i < guards {
			rule.Guard = 1
		}
		entry := bank*abi.MaxRules + uint32(i)
		l.Set(abi.RulesMap, entry, rule)
		l.Set(abi.CountersMap, entry, make([]abi.RuleCounters, ebpf.MustPossibleCPU()))
		l.Set(abi.SequencesMap, entry, uint64(0))
	}
	set := abi.FaultSet{
		Seed: 42, Generation: l.generation, Rules: uint16(len(faults)), Snaplen: 96,
		Events: abi.EventsAll,
	}
	if change != nil {
		change(&set)
	}
	l.Set(abi.SetsMap, bank, set)
	l.flip()
}

// flip puts the generation in force, and says which program decides.
func (l *Loaded) flip() {
	l.tb.Helper()
	control := abi.Control{ABI: abi.Version, Generation: l.generation}
	control.Programs[abi.HookXDP] = l.ProgramID()
	l.Set(abi.ControlMap, 0, control)
}

// ProgramID is the id of the program that is pinned.
func (l *Loaded) ProgramID() uint32 {
	l.tb.Helper()
	info, err := l.Programs[abi.Program].Info()
	qt.Assert(l.tb, qt.IsNil(err))
	id, ok := info.ID()
	qt.Assert(l.tb, qt.IsTrue(ok))
	return uint32(id)
}

// Set writes an entry of a map.
func (l *Loaded) Set(name string, entry uint32, value any) {
	l.tb.Helper()
	qt.Assert(l.tb, qt.IsNil(l.Maps[name].Put(entry, value)))
}

// Packets lets so many copies of a packet of that many bytes come in.
func (l *Loaded) Packets(count, length int) {
	l.tb.Helper()
	if count == 0 {
		return
	}
	Undisturbed(l.tb, func() {
		_, err := l.Programs[abi.Program].Run(&ebpf.RunOptions{Data: make([]byte, length), Repeat: uint32(count)})
		qt.Assert(l.tb, qt.IsNil(err))
	})
}

// Totals are the sums over the CPUs, read past the reader.
func (l *Loaded) Totals() abi.Totals {
	l.tb.Helper()
	var shares []abi.Totals
	qt.Assert(l.tb, qt.IsNil(l.Maps[abi.TotalsMap].Lookup(uint32(0), &shares)))
	return abi.SumTotals(shares)
}

// Undisturbed keeps the Go runtime's signals away from run. One that arrives during a BPF_PROG_TEST_RUN
// ends it halfway, and the library then begins it anew: more packets than were asked for.
func Undisturbed(tb testing.TB, run func()) {
	tb.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, old unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^uint64(0)
	}
	qt.Assert(tb, qt.IsNil(unix.PthreadSigmask(unix.SIG_BLOCK, &all, &old)))
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil)
	run()
}
