// SPDX-License-Identifier: MIT

package verbs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestCall(t *testing.T) {
	for _, test := range []struct {
		verb            string
		settings        []string
		toMake, toDilih string
	}{
		{"up", []string{"DEV=eth0"}, "DEV=eth0 make", "dilih up eth0"},
		{"up", []string{"DEV=eth0", "FAULT=drop 5%", "FOR=1h"}, "DEV=eth0 make FAULT='drop 5%' FOR=1h", "dilih up eth0 'drop 5%' --for 1h"},
		{"fault", []string{"PIN=/sys/fs/bpf/b", "FAULT=drop 5%"}, "make fault PIN=/sys/fs/bpf/b FAULT='drop 5%'", "dilih fault --pin /sys/fs/bpf/b 'drop 5%'"},
		{"clean", nil, "make clean", "dilih down"},
	} {
		qt.Check(t, qt.Equals(toMake.call(test.verb, test.settings), test.toMake))
		qt.Check(t, qt.Equals(toDilih.call(test.verb, test.settings), test.toDilih))
	}
}

func TestSetting(t *testing.T) {
	qt.Assert(t, qt.Equals(toMake.setting("EVENTS_GROUP=..."), "EVENTS_GROUP=..."))
	qt.Assert(t, qt.Equals(toDilih.setting("EVENTS_GROUP=..."), "--events-group ..."))
}

func TestCallerAt(t *testing.T) {
	program := filepath.Join(t.TempDir(), "dilih-reader")
	qt.Assert(t, qt.Equals(callerAt(program, nil), toMake))
	qt.Assert(t, qt.Equals(callerAt("", errors.New("no such program")), toMake))
	qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(filepath.Dir(program), "installed"), nil, 0o644)))
	qt.Assert(t, qt.Equals(callerAt(program, nil), toDilih))
}
