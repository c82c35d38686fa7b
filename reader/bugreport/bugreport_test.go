// SPDX-License-Identifier: MIT

package bugreport

import (
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/world"
)

func TestPlaceholders(t *testing.T) {
	hidden := make(placeholders)
	for _, test := range []struct{ text, hidden string }{
		{"drop 5% from 203.0.113.9", "drop 5% from IPV4-1"},
		{"drop 3% out to 2001:db8:5::7 per flow", "drop 3% out to IPV6-2 per flow"},
		{"drop 2% udp from 203.0.113.0/24", "drop 2% udp from IPV4-3/24"},
		{"pass out tcp sport 22 to 203.0.113.9", "pass out tcp sport 22 to IPV4-1"},
		{"drop from 203.0.113.9,10.0.0.1", "drop from IPV4-1,IPV4-4"},
		{"delay 1.5ms jitter 1ms rate 10mbit", "delay 1.5ms jitter 1ms rate 10mbit"},
	} {
		qt.Check(t, qt.Equals(hidden.text(test.text), test.hidden))
	}
}

func TestPlain(t *testing.T) {
	qt.Assert(t, qt.Equals(strings.Map(plain, "a\x1b[2Jb\tü\n~\x7f"), "a?[2Jb??\n~?"))
}

func TestEntry(t *testing.T) {
	var r report
	r.entry(world.Entry{Name: "events", Type: world.Dir, Mode: 0o700}, "/pins/")
	r.entry(world.Entry{Name: "/pins", Type: world.Dir, Mode: 0o1777, UID: 1, GID: 2}, "")
	r.entry(world.Entry{Name: "control", Type: world.File, Mode: 0o640, GID: 7}, "/pins/")
	r.entry(world.Entry{Name: "/pins-new", Type: world.Absent}, "")
	qt.Assert(t, qt.Equals(r.String(), "drwx------ 0 0 /pins/events\ndtrwxrwxrwx 1 2 /pins\n-rw-r----- 0 7 /pins/control\n"))
}

func TestValueIn(t *testing.T) {
	text := []byte("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nNAME=x\n")
	qt.Assert(t, qt.Equals(valueIn(text, "PRETTY_NAME"), `"Debian GNU/Linux 12"`))
	qt.Assert(t, qt.Equals(valueIn(text, "CONFIG_IFB"), "not set"))
}
