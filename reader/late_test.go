// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/scripts/test/testenv"
)

// A reader that has given up root cannot open a ring for a CPU that comes up later, and says so.
func TestLateCPUIsTold(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	file := filepath.Join(t.TempDir(), "online")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("0\n"), 0o644)))
	p := reader(t, loaded, "--format", "json", "--interval", "10ms")
	p.Args = append([]string{"sh", "-c", `mount --bind "$0" /sys/devices/system/cpu/online && exec "$@"`, file, p.Path}, p.Args[1:]...)
	p.Path = "/bin/sh"
	p.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	p.start()
	p.await(`"entered"`, 3)
	qt.Assert(t, qt.Equals(p.stderr.String(), ""))
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("0-1\n"), 0o644)))
	said := func() bool {
		return strings.Contains(p.stderr.String(), "a CPU came online, and opening its event ring is not permitted any more")
	}
	testenv.Await(t, said, p.stderr.String)
}
