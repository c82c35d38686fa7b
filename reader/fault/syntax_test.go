// SPDX-License-Identifier: MIT

package fault

import (
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestErrorShowsTheWord(t *testing.T) {
	_, err := Parse("faults.txt", "drop 5%\npass arp;\tdrop 5% tpc dport 53  # über\n")
	qt.Assert(t, qt.Equals(err.Error(), `faults.txt:2: unexpected "tpc"
    pass arp; drop 5% tpc dport 53  # über
                      ^^^
expected a match, "per flow", "per peer", "overall", or the end of the fault
matches: out, arp nd ip ip6 tcp udp icmp icmp6 syn, proto N, sport or dport PORTS,
         from or to PREFIX, len RANGE
did you mean tcp?`))
}

func TestErrorAtTheEnd(t *testing.T) {
	_, err := Parse("FAULT", "drop 5% dport  # which?")
	qt.Assert(t, qt.Equals(err.Error(), `FAULT:1: the fault ends too early
    drop 5% dport  # which?
                 ^
expected a number from 0 to 65535, or a range as 10-20`))
}

func TestErrorStaysOnTheScreen(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, text := range []string{
		"drop 5% " + long,
		"drop 5% tcp port 1 len 1; drop " + long,
		"pass " + strings.Repeat("dport 1 ", 500),
		"drop " + strings.Repeat("1", 5000) + ",5%",
		"drop dport " + strings.Repeat("1", 5000) + ":2",
		"drop dport=" + long,
		"drop from " + long,
		"drop from !" + long,
		"drop " + long + "@if5",
		"delay " + strings.Repeat("1", 5000) + ",5ms",
		"drop \x1b[31m\x07 5%",
		"drop \xff\xfe ö tcp",
	} {
		_, err := Parse("test", text+" # "+long)
		qt.Assert(t, qt.IsNotNil(err))
		lines := strings.Split(err.Error(), "\n")
		qt.Assert(t, qt.IsTrue(len(lines) <= 7), qt.Commentf("%s", err))
		for _, line := range lines {
			qt.Check(t, qt.IsTrue(len([]rune(line)) <= 4+excerptWidth+len("...")), qt.Commentf("%s", line))
			qt.Check(t, qt.IsFalse(strings.ContainsAny(line, "\x1b\x07\t")))
		}
	}
}

func TestExcerptKeepsTheColumn(t *testing.T) {
	line := strings.Repeat("ä ", 300) + "HERE" + strings.Repeat(" ö", 300)
	text, character := excerpt(line, strings.Index(line, "HERE"))
	qt.Assert(t, qt.Equals(string([]rune(text)[character:][:4]), "HERE"))
}

func TestEdits(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"tcp", "tcp", 0},
		{"tpc", "tcp", 1},
		{"tc", "tcp", 1},
		{"tcpp", "tcp", 1},
		{"tdp", "tcp", 1},
		{"dport", "sport", 1},
		{"", "udp", 3},
		{"gmeodle", "gemodel", 2},
	} {
		qt.Check(t, qt.Equals(edits(test.a, test.b), test.want), qt.Commentf("%s, %s", test.a, test.b))
	}
}
