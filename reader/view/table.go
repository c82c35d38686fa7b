// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"io"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// pipeWidth is the width of tables that no terminal limits.
const pipeWidth = 79

// Table shows tables, one after the other.
type Table struct {
	plain
	out       io.Writer
	frame     frame
	letters   letters
	separated bool
}

// NewTable makes a view that writes tables to out, and notes to notes. A histogram of processing
// times is part of them if asked for.
func NewTable(out, notes io.Writer, histogram bool) *Table {
	return &Table{plain: plain{notes}, out: out, frame: frame{width: pipeWidth, histogram: histogram}, letters: ofLocale()}
}

// Show implements View.
func (t *Table) Show(snapshots []tally.Snapshot) error {
	t.frame.add(snapshots)
	text := t.letters.write(t.frame.lines(snapshots)) + "\n"
	if t.separated {
		text = "\n" + text
	}
	t.separated = true
	if _, err := io.WriteString(t.out, text); err != nil {
		return fmt.Errorf("write a table: %w", err)
	}
	return nil
}

// End implements View.
func (t *Table) End(snapshots []tally.Snapshot) error { return t.Show(snapshots) }

// frame makes the lines of one table.
type frame struct {
	width     int
	height    int // 0: no limit
	histogram bool
	colour
	histories histories
}

// histories are those of each pin directory, by direction.
type histories map[string]*[abi.Directions]tally.History

// add remembers what the sparklines need.
func (f *frame) add(snapshots []tally.Snapshot) {
	if f.histories == nil {
		f.histories = make(histories)
	}
	for _, snapshot := range snapshots {
		if f.histories[snapshot.Pin] == nil {
			f.histories[snapshot.Pin] = new([abi.Directions]tally.History)
		}
		for direction, counts := range snapshot.ByDirection() {
			f.histories[snapshot.Pin][direction].Add(counts, snapshot.Elapsed)
		}
	}
}

// lines are a block for each snapshot, under an overview if there are several. Where they do not fit
// into the height, there is less in them.
func (f *frame) lines(snapshots []tally.Snapshot) []string {
	if len(snapshots) == 1 {
		return f.one(snapshots[0])
	}
	lines := f.several(snapshots, false)
	if f.height > 0 && len(lines) > f.height {
		lines = f.several(snapshots, true)
	}
	return lines
}

func (f *frame) one(snapshot tally.Snapshot) []string {
	b := f.block(snapshot)
	lines := b.lines()
	if excess := len(lines) - f.height; f.height > 0 && excess > 0 {
		b.room = max(3, len(b.faults())-excess)
		lines = b.lines()
		b.untimed = len(lines) > f.height
		lines = b.lines()
	}
	return lines
}

func (f *frame) several(snapshots []tally.Snapshot, brief bool) []string {
	lines := overview(snapshots, f.width, f.colour)
	for _, snapshot := range snapshots {
		b := f.block(snapshot)
		b.pin, b.brief = true, brief
		lines = append(append(lines, ""), b.lines()...)
	}
	return lines
}

func (f *frame) block(snapshot tally.Snapshot) block {
	return block{
		Snapshot: snapshot, histories: f.histories[snapshot.Pin],
		width: f.width, histogram: f.histogram, colour: f.colour,
	}
}

// overview is a line for each pin directory and one for all of them together; two where there are two
// directions.
func overview(snapshots []tally.Snapshot, width int, c colour) []string {
	var rows [][]string
	row := func(name string, counts tally.Counts) {
		entered, dropped := counts.Entered, counts.Dropped
		rows = append(rows, []string{name, count(entered.Packets), count(counts.Passed.Packets), c.red(count(dropped.Packets)),
			percent(dropped.Share(entered), 2), rate(entered.Rate)})
	}
	rowsOf := func(name string, by []tally.Counts) {
		for direction, mark := range marks(by) {
			row(strings.TrimSpace(name+" "+mark), by[direction])
		}
	}
	var together []tally.Counts
	for _, s := range snapshots {
		rowsOf(s.Pin, s.ByDirection())
		together = plus(together, s.ByDirection())
	}
	rowsOf("together", together)
	header := []string{c.dim("packets"), c.dim("entered"), c.dim("passed"), c.dim("dropped"), c.dim("share"), c.dim("per second")}
	lines := grid(header, rows)
	for l := range lines {
		lines[l] = fit(lines[l], width)
	}
	return lines
}
