// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/go-quicktest/qt"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"dilih/reader/tally"
	"dilih/reader/testpty"
)

// isASCII says whether all of the text can be shown where there is nothing but ASCII.
func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

func TestLocale(t *testing.T) {
	tests := []struct {
		all, ctype, lang string
		ascii            bool
	}{
		{"", "", "", true},
		{"", "", "C", true},
		{"", "", "POSIX", true},
		{"", "", "C.UTF-8", false},
		{"", "", "en_GB.UTF-8", false},
		{"", "C", "en_GB.UTF-8", true},
		{"", "C.UTF-8", "C", false},
		{"C", "en_GB.UTF-8", "en_GB.UTF-8", true},
		{"C.UTF-8", "C", "C", false},
	}
	for _, test := range tests {
		t.Setenv("LC_ALL", test.all)
		t.Setenv("LC_CTYPE", test.ctype)
		t.Setenv("LANG", test.lang)
		var out bytes.Buffer
		qt.Assert(t, qt.IsNil(NewTable(&out, &out, true).Show(only(various))))
		qt.Check(t, qt.Equals(isASCII(out.String()), test.ascii), qt.Commentf("%+v", test))
	}
}

// ASCII takes as much room as what it stands for, whatever there is to show.
func TestASCIIIsAsWide(t *testing.T) {
	f := frame{width: 60, height: 14, histogram: true}
	for i := range uint64(10) {
		f.add(only(func(s *tally.Snapshot) { s.Elapsed, s.Entered.Packets, s.Dropped.Packets = 4e9, 100*i, i*i }))
	}
	lines := append(f.lines(only(crowded)), string(bars), column(1, 8))
	for eighths := range 8 {
		lines = append(lines, column(float64(eighths)/8, 1))
	}
	ascii := strings.Split(letters{asciiOnly: true}.write(lines), "\n")
	qt.Assert(t, qt.HasLen(ascii, len(lines)))
	for i, line := range ascii {
		qt.Check(t, qt.IsTrue(isASCII(line)), qt.Commentf("%q", line))
		qt.Check(t, qt.Equals(twwidth.Width(line), twwidth.Width(lines[i])), qt.Commentf("%q", line))
	}
}

func TestLiveInASCII(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	terminal := testpty.Open(t, 60, 14)
	live := NewLive(terminal.Slave, nil, nil, false)
	qt.Assert(t, qt.IsNil(live.Show(only(crowded))))
	qt.Assert(t, qt.IsNil(live.End(only(various))))
	written := terminal.Await("12 lost", 1)
	qt.Assert(t, qt.IsTrue(isASCII(written)), qt.Commentf("%q", written))
	checkFrame(t, frames(written)[0], 60, 14)
}
