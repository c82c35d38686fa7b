// SPDX-License-Identifier: MIT

package pinned

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
)

// Each way in which there is nothing to open has an error of its own, where the kernel would say
// "permission denied" to most.
func TestOpenNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, nil, 0o644)))
	tests := []struct {
		name, path string
		want       error
		says       string
	}{
		{"no such directory", filepath.Join(t.TempDir(), "no"), ErrNotLoaded, "nothing is loaded: no pins at "},
		{"no bpffs", t.TempDir(), ErrNotLoaded, " is not on a bpffs"},
		{"a file", file, ErrVersion, " is a file, expected a directory of pins"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(test.path)
			qt.Assert(t, qt.ErrorIs(err, test.want))
			qt.Assert(t, qt.StringContains(err.Error(), test.says))
			qt.Assert(t, qt.StringContains(err.Error(), test.path))
			qt.Assert(t, qt.IsFalse(errors.Is(err, os.ErrPermission)))
		})
	}
}

func TestFlockOwner(t *testing.T) {
	tests := []struct {
		line string
		want int
	}{
		{"1: FLOCK  ADVISORY  WRITE 4711 00:2b:77 0 EOF", 4711},
		{"12: FLOCK  ADVISORY  WRITE 0 00:2b:77 0 EOF", 0}, // in another PID namespace
		{"1: -> FLOCK  ADVISORY  WRITE 4712 00:2b:77 0 EOF", 0},
		{"1: FLOCK  ADVISORY  WRITE 4711 00:2b:78 0 EOF", 0},
		{"1: FLOCK  ADVISORY  WRITE 4711 00:2c:77 0 EOF", 0},
		{"1: POSIX  ADVISORY  WRITE 4711 00:2b:77 0 EOF", 0},
		{"1: FLOCK", 0},
		{"", 0},
	}
	for _, test := range tests {
		qt.Check(t, qt.Equals(flockOwner(test.line, "00:2b:77"), test.want), qt.Commentf("%s", test.line))
	}
}

func TestBusySaysWho(t *testing.T) {
	for _, test := range []struct {
		busy Busy
		want string
	}{
		{Busy{}, "another reader has the events"},
		{Busy{PID: 4711}, "another reader has the events (pid 4711)"},
		{Busy{4711, "dilih-reader", "alice"}, "another reader has the events (pid 4711, dilih-reader, user alice)"},
	} {
		qt.Check(t, qt.Equals(test.busy.Error(), test.want))
	}
}

func TestProcess(t *testing.T) {
	command, owner := process(os.Getpid())
	qt.Assert(t, qt.Equals(command[:6], "pinned"))
	qt.Assert(t, qt.Not(qt.Equals(owner, "")))
	command, owner = process(1 << 30)
	qt.Assert(t, qt.Equals(command+owner, ""))
}
