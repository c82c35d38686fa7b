// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
)

const group = 54321 // no real one

// watched are the pins that GROUP may open.
var watched = []string{abi.ControlMap, abi.SetsMap, abi.RulesMap, abi.CountersMap, abi.TotalsMap}

// share gives the group what GROUP and EVENTS_GROUP do, and the perf map and the readers' lock these modes.
func share(t *testing.T, loaded *kerneltest.Loaded, events, lock os.FileMode) {
	t.Helper()
	give := func(path string, mode os.FileMode) {
		qt.Assert(t, qt.IsNil(os.Chown(path, 0, group)))
		qt.Assert(t, qt.IsNil(os.Chmod(path, mode)))
	}
	for _, name := range watched {
		give(filepath.Join(loaded.Pin, name), 0o640)
	}
	give(filepath.Join(loaded.Pin, abi.OutputMap), events)
	give(filepath.Join(loaded.Pin, abi.EventsLock), lock)
	give(loaded.Pin, 0o750)
}

// whatEventsTake is what a reader without or with CAP_PERFMON says: Debian's kernels ask for root where others ask for
// the capability.
func whatEventsTake(t *testing.T) (without, with string) {
	t.Helper()
	level, err := os.ReadFile("/proc/sys/kernel/perf_event_paranoid")
	qt.Assert(t, qt.IsNil(err))
	if string(level) >= "3" {
		return "leaves events to root", "leaves events to root"
	}
	return "reading events needs CAP_PERFMON", "22 read"
}

// An ordinary user does what the rights allow, and is told what is missing for more.
func TestRights(t *testing.T) {
	without, with := whatEventsTake(t)
	tests := []struct {
		name         string
		group        uint32
		events, lock os.FileMode
		capabilities []uintptr
		code         int
		says         string // on the standard output, or with the error
	}{
		{"none", 65534, 0o660, 0o750, nil, advice.NotPermitted, "permission denied"},
		{"counters", group, 0o660, 0o750, nil, advice.Fine, without},
		{"no right to write the perf map", group, 0o640, 0o750, []uintptr{unix.CAP_PERFMON}, advice.Fine, "output_map: permission denied"},
		{"no right to the lock", group, 0o600, 0o700, []uintptr{unix.CAP_PERFMON}, advice.Fine, "events: permission denied"},
		{"events", group, 0o660, 0o750, []uintptr{unix.CAP_PERFMON}, advice.Fine, with},
		{"capability without group", 65534, 0o660, 0o750, []uintptr{unix.CAP_PERFMON}, advice.NotPermitted, "GROUP="},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loaded := kerneltest.LoadPinned(t)
			faulttest.Force(loaded, "drop 100%")
			share(t, loaded, test.events, test.lock)
			p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms").ordinary(test.group, test.capabilities...).start()
			if test.code == advice.Fine {
				p.await("drop 100%", 1)
				loaded.Packets(11, 60)
				p.await("100.00%", 1)
				p.await(test.says, 1)
				p.signal(unix.SIGTERM)
			}
			qt.Assert(t, qt.Equals(p.code(), test.code), qt.Commentf("%s", p.stderr.String()))
			qt.Assert(t, qt.StringContains(unbroken(p.stdout.String()+p.stderr.String()), test.says))
		})
	}
}

// A user who may lock little memory gets smaller rings, not an error.
func TestLittleMemory(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	share(t, loaded, 0o660, 0o750)
	var was unix.Rlimit
	qt.Assert(t, qt.IsNil(unix.Getrlimit(unix.RLIMIT_MEMLOCK, &was)))
	none := unix.Rlimit{Max: was.Max}
	qt.Assert(t, qt.IsNil(unix.Setrlimit(unix.RLIMIT_MEMLOCK, &none)))
	t.Cleanup(func() { unix.Setrlimit(unix.RLIMIT_MEMLOCK, &was) })
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms").ordinary(group, unix.CAP_PERFMON).start()
	_, with := whatEventsTake(t)
	p.await("drop 100%", 1)
	loaded.Packets(11, 60)
	p.await(with, 1)
}
