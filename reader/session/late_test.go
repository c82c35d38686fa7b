// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/reader/tally"
)

// pretend makes this test believe that the file says which CPUs are online. Its thread, which has the mount to
// itself, ends with the test.
func pretend(t *testing.T, list string) (change func(list string)) {
	t.Helper()
	runtime.LockOSThread()
	qt.Assert(t, qt.IsNil(unix.Unshare(unix.CLONE_NEWNS)))
	qt.Assert(t, qt.IsNil(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")))
	file := filepath.Join(t.TempDir(), "online")
	change = func(list string) { qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte(list+"\n"), 0o644))) }
	change(list)
	qt.Assert(t, qt.IsNil(unix.Mount(file, "/sys/devices/system/cpu/online", "", unix.MS_BIND, "")))
	return change
}

// emptySlots leaves all CPUs without a ring, as one is that comes up late.
func emptySlots(t *testing.T, loaded *kerneltest.Loaded) {
	t.Helper()
	rings, err := ebpf.LoadPinnedMap(filepath.Join(loaded.Pin, abi.OutputMap), nil)
	qt.Assert(t, qt.IsNil(err))
	defer rings.Close()
	for cpu := range rings.MaxEntries() {
		rings.Delete(cpu) // an error if it is empty
	}
}

// A CPU that comes up later has a ring from the next look on, and no event is lost in between.
func TestLateCPU(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	change := pretend(t, "0")
	s := open(t, loaded.Pin)
	look(t, s)
	loaded.Packets(101, 60)
	emptySlots(t, loaded)
	change("0-1")
	qt.Assert(t, qt.Equals(look(t, s).Events, tally.Events{Read: 2 * 101}))
	for round := range uint64(3) { // and not anew at each look
		loaded.Packets(103, 60)
		now := look(t, s)
		qt.Assert(t, qt.IsNil(now.Blind))
		qt.Assert(t, qt.Equals(now.Events, tally.Events{Read: 2 * (101 + 103*(round+1))}))
	}
	qt.Assert(t, qt.Equals(loaded.Totals().NoReader, 0))
}

// Which CPUs are online is not guessed if it cannot be read.
func TestOnlineUnreadable(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	change := pretend(t, "0")
	s := open(t, loaded.Pin)
	change("none")
	qt.Assert(t, qt.ErrorMatches(look(t, s).Blind, ".*is no list of CPUs"))
}
