// SPDX-License-Identifier: MIT

package runner

import (
	"bytes"
	"errors"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/advice"
)

// The lines of a keeper: two faults on two devices, then what they did.
const (
	began = `{"faults":[{"text":"drop 5%"},{"text":"delay 1s out"}],"devices":[{"index":2,"name":"eth0"},{"index":3,"name":"eth1"}],"seed":42}`
	ended = `{"faults":[{"text":"drop 5%","matched":7,"dropped":3},{"text":"delay 1s out","matched":1,"dropped":0}],` +
		`"devices":[{"index":2,"name":"renamed"},{"index":3,"name":"eth1"}],"seed":42,` +
		`"counts":{"entered":8,"dropped":3,"delayed":1,"waiting":0}}`
	fewer = `{"faults":[],"devices":[{"index":3,"name":"eth1"}],"seed":42,"counts":{"entered":0,"dropped":0}}`
)

// says is a keeper that says these lines, the second when its input ends, and ends with that status.
func says(first, second, status string, words ...string) []string {
	keep := append([]string{"env"}, words...)
	return append(keep, "sh", "-c", `[ -z "$1" ] || echo "$1"; cat >/dev/null; [ -z "$2" ] || echo "$2"; exit $3`, "keeper", first, second, status)
}

func TestExitStatus(t *testing.T) {
	for _, test := range []struct {
		name   string
		keep   []string
		exits  string // the command
		status int
	}{
		{"fine", says(began, ended, "0"), "exit 0", 0},
		{"command", says(began, ended, "0"), "exit 9", 9},
		{"killed", says(began, ended, "0"), "kill -KILL $$", 137},
		{"lost", says(began, ended, "2"), "exit 0", 2},
		{"command first", says(began, ended, "2", "ASSERT=dropped==0"), "exit 9", 9},
		{"lost first", says(began, ended, "2", "ASSERT=dropped==0"), "exit 0", 2},
		{"device gone", says(began, fewer, "0"), "exit 0", 2},
		{"asserted", says(began, ended, "0", "ASSERT=dropped==3;entered>7"), "exit 0", 0},
		{"not asserted", says(began, ended, "0", "ASSERT=dropped==3;entered>8"), "exit 0", 7},
		{"not known", says(began, "null", "0", "ASSERT=dropped>=0"), "exit 0", 7},
		{"keeper killed", says(began, "", "0", "ASSERT=dropped>=0"), "exit 0", 7},
		{"keeper killed, and said so", says(began, "", "137"), "exit 0", 2},
	} {
		status, err := Run(test.keep, []string{"sh", "-c", test.exits}, new(bytes.Buffer))
		qt.Check(t, qt.IsNil(err), qt.Commentf("%s", test.name))
		qt.Check(t, qt.Equals(status, test.status), qt.Commentf("%s", test.name))
	}
}

func TestTold(t *testing.T) {
	var told bytes.Buffer
	_, err := Run(says(began, ended, "0", "ASSERT=delayed!=1"), []string{"true"}, &told)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(told.String(), `dilih: drop 5%; delay 1s out on eth0, eth1, seed 42
dilih: dropped 3 of 8 packets (37.5 %), delayed 1
dilih:   drop 5%: matched 7, dropped 3
dilih:   delay 1s out: matched 1, dropped 0
dilih: delayed is 1, expected !=1
`))
	told.Reset()
	_, err = Run(says(began, fewer, "0"), []string{"true"}, &told)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.StringContains(told.String(), "dilih: dropped 0 of 0 packets\ndilih: no longer attached to eth0: "))
}

// Nothing runs without faults, or for assertions that mean nothing.
func TestNotRun(t *testing.T) {
	command := []string{"sh", "-c", "echo ran >&2; exit 9"}
	for _, test := range []struct {
		name   string
		keep   []string
		status int
	}{
		{"keeper failed", []string{"sh", "-c", "exit 5"}, 5},
		{"keeper killed", []string{"sh", "-c", "kill -KILL $$"}, 137},
	} {
		_, err := Run(test.keep, command, new(bytes.Buffer))
		var told advice.Told
		qt.Assert(t, qt.IsTrue(errors.As(err, &told)), qt.Commentf("%s: %v", test.name, err))
		qt.Assert(t, qt.Equals(int(told), test.status), qt.Commentf("%s", test.name))
	}
	_, err := Run([]string{"sh", "-c", "echo nonsense"}, command, new(bytes.Buffer))
	qt.Assert(t, qt.ErrorMatches(err, "read what the keeper of the faults says: .*"))
	_, err = Run(says(began, ended, "0", "ASSERT=lost>1"), command, new(bytes.Buffer))
	qt.Assert(t, qt.ErrorMatches(err, "ASSERT='lost>1': there is no count lost, .*"))
	status, err := Run(says(began, ended, "0"), []string{"/nonexistent/command"}, new(bytes.Buffer))
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(status, 127))
}
