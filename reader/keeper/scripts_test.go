// SPDX-License-Identifier: MIT

package keeper

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/advice"
)

// tree has scripts that say how they were called, and end with that status.
func tree(t *testing.T, status string) (s Scripts, said *bytes.Buffer) {
	t.Helper()
	said = new(bytes.Buffer)
	s = Scripts{Tree: t.TempDir(), PIN: filepath.Join(t.TempDir(), "pin"), Settings: []string{"PIN", "DEV", "FAULT", "FOR"}, Stderr: said}
	qt.Assert(t, qt.IsNil(os.Mkdir(filepath.Join(s.Tree, "scripts"), 0o755)))
	script := "#!/bin/sh\necho $(basename $0) \"$@\" DEV=$DEV FAULT=$FAULT FOR=$FOR PIN=$(basename $PIN) OTHER=$OTHER >&2\necho told\nexit " + status
	for _, verb := range []string{"up", "fault", "down"} {
		qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(s.Tree, "scripts", verb), []byte(script), 0o755)))
	}
	t.Setenv("PIN", s.PIN)
	t.Setenv("DEV", "eth0")
	t.Setenv("FAULT", "drop")
	t.Setenv("FOR", "2h")
	t.Setenv("OTHER", "kept")
	return s, said
}

// Only Up sees the settings. What the other verbs tell is for nobody.
func TestScripts(t *testing.T) {
	s, said := tree(t, "0")
	qt.Assert(t, qt.IsNil(s.Up(1500*time.Millisecond)))
	qt.Assert(t, qt.IsNil(s.Renew(10*time.Second)))
	qt.Assert(t, qt.IsNil(s.Down()))
	qt.Assert(t, qt.Equals(said.String(), `up kept DEV=eth0 FAULT=drop FOR=1.5s PIN=pin OTHER=kept
told
fault kept DEV= FAULT= FOR=10s PIN=pin OTHER=kept
down DEV= FAULT= FOR= PIN=pin OTHER=kept
`))
	qt.Assert(t, qt.IsNil(s.Clear())) // there is nothing
}

func TestFailedScripts(t *testing.T) {
	s, _ := tree(t, "5")
	qt.Assert(t, qt.Equals(s.Up(time.Second), error(advice.Told(5))))
	qt.Assert(t, qt.Equals(s.Renew(time.Second), error(advice.Told(5))))
	qt.Assert(t, qt.Equals(s.Down(), error(advice.Told(5))))
	s, _ = tree(t, "$(kill -KILL $$)")
	qt.Assert(t, qt.Equals(s.Down(), error(advice.Told(137))))
	s.Tree = "/nonexistent"
	qt.Assert(t, qt.ErrorIs(s.Down(), os.ErrNotExist))
}

// A directory that takes the place of another one is not taken for it.
func TestPins(t *testing.T) {
	s, _ := tree(t, "0")
	qt.Assert(t, qt.Equals(s.Pins(), Pins{}))
	qt.Assert(t, qt.IsNil(os.Mkdir(s.PIN, 0o755)))
	first := s.Pins()
	qt.Assert(t, qt.Not(qt.Equals(first, Pins{})))
	qt.Assert(t, qt.Equals(s.Pins(), first))
	qt.Assert(t, qt.IsNil(os.Rename(s.PIN, s.PIN+"-old")))
	qt.Assert(t, qt.IsNil(os.Mkdir(s.PIN, 0o755)))
	qt.Assert(t, qt.Not(qt.Equals(s.Pins(), first)))
}
