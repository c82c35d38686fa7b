// SPDX-License-Identifier: MIT

// Package privilegestest tells tests what rights a process holds.
package privilegestest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// None is an empty set of capabilities.
const None = "0000000000000000"

// Held is what /proc says of a process: user and group by their real, effective, saved and file system
// numbers; the sets of capabilities in hexadecimal.
type Held struct {
	User, Group, Groups                                  string
	Inheritable, Permitted, Effective, Bounding, Ambient string
	NoNewPrivs                                           string
}

// User is what an ordinary user holds who can never get more.
func User(uid, gid int) Held {
	return Held{
		User: four(uid), Group: four(gid), NoNewPrivs: "1",
		Inheritable: None, Permitted: None, Effective: None, Bounding: None, Ambient: None,
	}
}

func four(id int) string { return fmt.Sprintf("%d %[1]d %[1]d %[1]d", id) }

// Of is what the process holds. Each of its threads must hold the same.
func Of(tb testing.TB, pid int) (held Held) {
	tb.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	qt.Assert(tb, qt.IsNil(err))
	seen := 0
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		now := parse(string(text))
		qt.Assert(tb, qt.IsTrue(seen == 0 || now == held), qt.Commentf("%s: %+v, not %+v", thread, now, held))
		held = now
		seen++
	}
	qt.Assert(tb, qt.Not(qt.Equals(seen, 0)), qt.Commentf("process %d is gone", pid))
	return held
}

func parse(status string) Held {
	fields := make(map[string]string)
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.Join(strings.Fields(value), " ")
	}
	return Held{
		fields["Uid"], fields["Gid"], fields["Groups"],
		fields["CapInh"], fields["CapPrm"], fields["CapEff"], fields["CapBnd"], fields["CapAmb"],
		fields["NoNewPrivs"],
	}
}
