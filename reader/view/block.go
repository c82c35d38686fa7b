// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"math"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"dilih/bpf/abi"
	"dilih/reader/tally"
	"dilih/reader/verbs"
)

// block is what a table says of one pin directory.
type block struct {
	tally.Snapshot
	histories *[abi.Directions]tally.History // nil: nothing is remembered
	width     int
	room      int  // lines for faults; 0: as many as there are
	pin       bool // more than one is shown
	brief     bool // without what the overview says already
	untimed   bool // without the processing times
	histogram bool
	colour
}

// lines are the whole block, in paragraphs with an empty line between.
func (b block) lines() (lines []string) {
	paragraphs := [][]string{b.head(), b.traffic(), b.times(), b.faults()}
	if b.brief {
		paragraphs = [][]string{b.head(), b.faults()}
	}
	if b.histogram {
		paragraphs = append(paragraphs, histogram(b.PassedTimes, b.DroppedTimes, b.width, b.colour))
		paragraphs = append(paragraphs, delayHistogram(b.Delays, b.width, b.colour))
	}
	paragraphs = append(paragraphs, b.foot())
	for _, paragraph := range paragraphs {
		if len(lines) > 0 && len(paragraph) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, paragraph...)
	}
	for i, line := range lines {
		lines[i] = fit(line, b.width)
	}
	return lines
}

// head says what is watched, and loudly what makes the rest mean something else.
func (b block) head() []string {
	var parts []string
	if b.pin {
		parts = append(parts, b.Pin)
	}
	switch {
	case b.Unnamed:
		parts = append(parts, "interface not known")
	case len(b.Devices) == 0:
		parts = append(parts, "no interface")
	}
	for _, device := range b.Devices {
		parts = append(parts, device.String())
	}
	if b.InForce {
		parts = append(parts, fmt.Sprintf("seed %d", b.Seed), lease(b.Lease))
	}
	parts = append(parts, b.Time.Format("15:04:05"))
	parts[0] = b.bold(parts[0])
	return append(join(parts, " · ", b.width), b.warnings()...)
}

func (b block) warnings() (lines []string) {
	warn := func(on bool, text string) {
		if on {
			lines = append(lines, b.loud(text))
		}
	}
	warn(b.Gone != nil, "UNLOADED: these are the last counts")
	warn(b.Gone == nil && len(b.Devices) == 0 && !b.Unnamed, "NOT ATTACHED: no interface of this network namespace has the program on it")
	for _, text := range troubles(b.Snapshot) {
		for _, line := range wrap(text, b.width) {
			warn(true, line)
		}
	}
	warn(!b.InForce, "NO FAULTS YET: everything passes; next: "+verbs.Call("fault", "FAULT=drop 5%"))
	warn(b.InForce && b.Lease.Ended(), "THE LEASE HAS ENDED: everything passes; to go on: "+verbs.Call("fault", "FOR=1h"))
	shadow := "SHADOW: decides and counts, but drops nothing"
	if b.askedFor(abi.DirectionIn).Any() || b.askedFor(abi.DirectionOut).Any() {
		shadow += ", and nothing waits"
	}
	warn(b.Shadow, shadow)
	return lines
}

// traffic is what was counted since the load, and then what came in this interval.
func (b block) traffic() []string {
	var rows [][]string
	by := b.ByDirection()
	for direction, mark := range marks(by) {
		rows = append(rows, b.verdicts(mark, by[direction])...)
		rows = append(rows, b.effects(mark, abi.Direction(direction), by[direction])...)
	}
	return grid(b.faint(b.pad("", "packets", "share", "bytes", "per second", "share now")), rows)
}

// verdicts are the rows of a direction.
func (b block) verdicts(mark string, counts tally.Counts) [][]string {
	row := func(name string, t tally.Traffic) []string {
		return b.verdict(strings.TrimSpace(mark+" "+name), t, counts.Entered)
	}
	name := "dropped"
	if b.Shadow {
		name = "would drop"
	}
	dropped := b.lossRow(row(name, counts.Dropped), counts.Dropped.Packets)
	entered := row("entered", counts.Entered)
	entered[2], entered[5] = "", "" // all of it
	return [][]string{entered, row("passed", counts.Passed), dropped}
}

func (b block) verdict(name string, t, entered tally.Traffic) []string {
	row := []string{name, count(t.Packets), percent(t.Share(entered), 2), byteCount(t.Bytes), "", ""}
	if b.Elapsed > 0 {
		row[4] = rate(t.Rate)
	}
	if share := t.ShareNow(entered); !math.IsNaN(share) {
		row[5] = percent(share, 2)
	}
	return row
}

// times are of no use as long as there are none.
func (b block) times() []string {
	if b.untimed || b.PassedTimes.Count+b.DroppedTimes.Count == 0 {
		return nil
	}
	row := func(name string, t tally.Times) []string {
		if t.Count == 0 {
			return []string{name, "", "", "", "", "0"}
		}
		return []string{name, count(uint64(math.Round(t.Recent))), count(t.P50), count(t.P99), count(t.Max), count(t.Count)}
	}
	header := b.faint(b.pad("processing, ns", "mean last 128", "p50", "p99", "max", "timed"))
	return grid(header, [][]string{row("passed", b.PassedTimes), row("dropped", b.DroppedTimes)})
}

func (b block) foot() (lines []string) {
	lines = b.sparks()
	if b.Totals.Flows > 0 {
		lines = append(lines, b.flows())
	}
	if n := b.Totals.Contended; n > 0 {
		lines = append(lines, b.yellow("contended: "+count(n)+" packets shared their place in a sequence with another"))
	}
	if b.Blind != nil {
		for _, line := range wrap("counters only: "+b.Why, b.width) {
			lines = append(lines, b.yellow(line))
		}
		return lines
	}
	lost := count(b.Events.Lost) + " lost"
	if b.Events.Lost > 0 {
		lost = b.yellow(lost)
	}
	return append(lines, fmt.Sprintf("events: %s read, %s sampled out, %s",
		count(b.Events.Read), count(b.Events.SampledOut), lost))
}

func (b block) flows() string {
	text := "flows followed: " + count(b.Totals.Flows)
	if b.Totals.Flows > abi.MaxFlows {
		text += b.yellow(fmt.Sprintf("; %s or more of them forgotten again", count(b.Totals.Flows-abi.MaxFlows)))
	}
	return text
}

// pad makes the columns of the grids above one another equally wide, if there is the room.
func (b block) pad(header ...string) []string {
	if b.width < pipeWidth {
		return header
	}
	header = pad(header)
	if b.Out != nil && b.askedFor(abi.DirectionOut).Rate {
		header[0] = fmt.Sprintf("%-*s", len("out queue drops"), header[0])
	}
	return header
}

func (b block) faint(cells []string) []string {
	for i := range cells {
		cells[i] = b.dim(cells[i])
	}
	return cells
}

// join puts parts on as few lines as the width allows.
func join(parts []string, separator string, width int) []string {
	lines := []string{parts[0]}
	for _, part := range parts[1:] {
		last := &lines[len(lines)-1]
		if longer := *last + separator + part; twwidth.Width(longer) <= width {
			*last = longer
		} else {
			lines = append(lines, strings.Repeat(" ", len(gap))+part)
		}
	}
	return lines
}
