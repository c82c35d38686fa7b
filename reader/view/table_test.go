// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"dilih/reader/tally"
)

func showTable(t *testing.T, histogram bool, intervals ...[]tally.Snapshot) string {
	t.Helper()
	t.Setenv("LC_ALL", "C.UTF-8")
	var out, notes bytes.Buffer
	view := NewTable(&out, &notes, histogram)
	for _, snapshots := range intervals {
		qt.Assert(t, qt.IsNil(view.Show(snapshots)))
	}
	qt.Assert(t, qt.Equals(notes.String(), ""))
	return out.String()
}

func only(changes ...func(*tally.Snapshot)) []tally.Snapshot {
	return []tally.Snapshot{usual(changes...)}
}

func other(s *tally.Snapshot) { s.Pin = "/sys/fs/bpf/other" }

func TestTable(t *testing.T) {
	tests := []struct {
		name      string
		snapshots []tally.Snapshot
		histogram bool
	}{
		{"usual", only(), false},
		{"various", only(various), false},
		{"shadow", only(shadow), false},
		{"ended", only(ended), false},
		{"faultless", only(faultless, unnamed), false},
		{"detached", only(detached), false},
		{"unloaded", only(unloaded), false},
		{"blind", only(blind), false},
		{"histogram", only(), true},
		{"two", []tally.Snapshot{usual(), usual(other, faultless)}, false},
		{"both", only(both, contended), false},
		{"undecided", only(undecided), false},
		{"waiting", only(waiting), true},
		{"broken", only(broken), false},
		{"scattered", only(scattered), false},
		{"past", only(past), false},
		{"unhurried", only(waiting, shadow), false},
		{"out", []tally.Snapshot{usual(both, shadow), usual(other)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name+".table", showTable(t, test.histogram, test.snapshots))
		})
	}
}

// Into a pipe go no control codes, and no table is wider than 80 columns.
func TestTableIsPlainAndNarrow(t *testing.T) {
	for _, change := range []func(*tally.Snapshot){various, crowded, shadow, ended, blind, unloaded, busy, undecided, waiting, broken, past} {
		text := showTable(t, true, only(change), only(change))
		qt.Assert(t, qt.Equals(strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }), -1))
		for line := range strings.SplitSeq(text, "\n") {
			qt.Assert(t, qt.IsTrue(twwidth.Width(line) < 80), qt.Commentf("%s", line))
			qt.Assert(t, qt.IsFalse(strings.HasSuffix(line, " ")))
		}
	}
}

// A frame keeps to its window, whatever there is to show. One of a single pin directory keeps its
// last line, the events, in sight.
func TestFrameFits(t *testing.T) {
	for _, size := range [][2]int{{200, 50}, {80, 24}, {79, 24}, {60, 30}, {40, 24}, {20, 60}, {1, 1}} {
		for i, change := range []func(*tally.Snapshot){various, crowded, shadow, blind, unloaded, faultless, busy, waiting, broken, past} {
			f := frame{width: size[0], height: size[1], colour: true, histogram: i%2 == 0}
			f.add(only(change))
			for _, line := range f.lines(only(change)) {
				qt.Assert(t, qt.IsTrue(twwidth.Width(line) <= size[0]), qt.Commentf("%v: %q", size, line))
			}
		}
	}
	for _, change := range []func(*tally.Snapshot){various, crowded, busy, waiting} {
		f := frame{width: 80, height: 24}
		f.add(only(change))
		lines := f.lines(only(change))
		qt.Assert(t, qt.IsTrue(len(lines) <= 24), qt.Commentf("%d lines", len(lines)))
		qt.Assert(t, qt.StringContains(lines[len(lines)-1], "events: "))
	}
}

// Two pin directories are both in sight on a small screen.
func TestTwoFit(t *testing.T) {
	f := frame{width: 80, height: 24}
	snapshots := []tally.Snapshot{usual(), usual(other)}
	f.add(snapshots)
	lines := f.lines(snapshots)
	qt.Assert(t, qt.IsTrue(len(lines) <= 24), qt.Commentf("%d lines", len(lines)))
	golden(t, "small.table", strings.Join(lines, "\n")+"\n")
}

// Colour adds nothing but colour.
func TestColourIsOnlyColour(t *testing.T) {
	for _, change := range []func(*tally.Snapshot){various, crowded, blind, busy, waiting, broken, past} {
		plain, coloured := frame{width: 79}, frame{width: 79, colour: true}
		plain.add(only(change))
		coloured.add(only(change))
		text := strings.Join(coloured.lines(only(change)), "\n")
		qt.Assert(t, qt.StringContains(text, "\x1b["))
		for _, code := range []string{"0", "1", "2", "31", "33", "1;30;43"} {
			text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
		}
		qt.Assert(t, qt.Equals(text, strings.Join(plain.lines(only(change)), "\n")))
	}
}

// After the faults have changed, the share of the interval is not the one since the load.
func TestShareNow(t *testing.T) {
	text := showTable(t, false, only(func(s *tally.Snapshot) { s.Passed.Rate, s.Dropped.Rate = 1110.6, 123.4 }))
	qt.Assert(t, qt.StringContains(text, "50.02%     6.18 MB         123      10.00%\n"), qt.Commentf("%s", text))
	qt.Assert(t, qt.IsFalse(strings.Contains(showTable(t, false, only(quiet)), "NaN")))
}

func TestSparkline(t *testing.T) {
	view := NewTable(&bytes.Buffer{}, &bytes.Buffer{}, false)
	entered, dropped := uint64(0), uint64(0)
	step := func(packets, drops uint64) []tally.Snapshot {
		entered, dropped = entered+packets, dropped+drops
		return only(func(s *tally.Snapshot) {
			s.Elapsed = 4e9
			s.Entered.Packets, s.Dropped.Packets = entered, dropped
		})
	}
	for _, each := range [][2]uint64{{100, 0}, {100, 20}, {0, 0}, {100, 40}} {
		view.frame.add(step(each[0], each[1]))
	}
	text := strings.Join(view.frame.lines(step(0, 0)), "\n")
	qt.Assert(t, qt.StringContains(text, "drop share  ▁▅ █  40.0% at most, last 16s"), qt.Commentf("%s", text))
}

// Each direction has a line of its own, as soon as it lost something.
func TestSparklines(t *testing.T) {
	f := frame{width: pipeWidth}
	losing := func(lost uint64) []tally.Snapshot {
		return only(both, func(s *tally.Snapshot) {
			s.Elapsed, s.Dropped.Packets = 4e9, 0
			s.Out.Entered.Packets, s.Out.Dropped.Packets = 10*lost, lost
		})
	}
	for lost := range uint64(3) {
		f.add(losing(10 * (lost + 1)))
	}
	text := strings.Join(f.lines(losing(30)), "\n")
	qt.Assert(t, qt.StringContains(text, "drop share out  ███  10.0% at most, last 12s\n"), qt.Commentf("%s", text))
	qt.Assert(t, qt.IsFalse(strings.Contains(text, "drop share in")))
}

func TestTogetherIsTheSum(t *testing.T) {
	text := showTable(t, false, []tally.Snapshot{usual(), usual(other)})
	qt.Assert(t, qt.StringContains(text, "together"))
	qt.Assert(t, qt.StringContains(text, fmt.Sprintf("  %s  ", count(2*123_470))))
}
