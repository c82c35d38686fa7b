// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"math"
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"dilih/reader/tally"
)

// wideTable is the width from which on a table tells all there is about bursts.
const wideTable = 100

// faults are the lines about the faults, as many as there is room for, and what their marks mean.
func (b block) faults() []string {
	if len(b.Rules) == 0 {
		return nil
	}
	if !anyOdd(b.Rules) {
		return b.fitFaults(b.room)
	}
	lines := b.fitFaults(max(0, b.room-1))
	return append(lines, b.dim("! asked is outside the interval; chance alone does that one time in twenty"))
}

func anyOdd(rules []tally.Rule) bool {
	return slices.ContainsFunc(rules, func(rule tally.Rule) bool { return rule.Loss.Odd() })
}

// fitFaults takes no more lines than there is room for, unless that is 0. It gives up the guards
// first, and then what comes last.
func (b block) fitFaults(room int) []string {
	lines := faultLines(b.Rules, b.width, b.colour)
	if room == 0 || len(lines) <= room {
		return lines
	}
	rest, guards := withoutGuards(b.Rules)
	lines = faultLines(rest, b.width, b.colour)
	if guards != "" {
		lines = append(lines, b.dim(guards))
	}
	if hidden := len(lines) - room + 1; hidden > 1 {
		lines = append(lines[:room-1], b.dim(fmt.Sprintf("… %d more lines: enlarge the window", hidden)))
	}
	return lines
}

// withoutGuards leaves the guards out, and sums them up in a line.
func withoutGuards(rules []tally.Rule) (rest []tally.Rule, guards string) {
	count, spared := 0, uint64(0)
	for _, rule := range rules {
		if !rule.Guard {
			rest = append(rest, rule)
			continue
		}
		count++
		spared += rule.Matched.Packets
	}
	if count == 0 {
		return rest, ""
	}
	return rest, fmt.Sprintf("guards: %d, which spared %d packets", count, spared)
}

// faultLines are a header and the faults, a line each, or two if the text is too long to stand beside its
// numbers, and below them what became of the packets that waited or came twice. In narrow tables bursts are shown only where they were asked for, and not what was asked.
func faultLines(rules []tally.Rule, width int, c colour) []string {
	header := []string{"fault", "matched", "dropped", "asked", "observed (95%)"}
	wide := width >= wideTable
	switch {
	case wide:
		header = append(header, "burst (asked)")
	case anyBurst(rules):
		header = append(header, "burst")
	}
	var rows [][]string
	for _, rule := range rules {
		row := []string{"", count(rule.Matched.Packets), dropped(rule, c), asked(rule.Loss.Asked), observed(rule.Loss, c)}
		row = append(row, burst(rule, wide))
		rows = append(rows, row[:len(header)])
	}
	room := width - taken(header, rows)
	texts := make([]string, len(rules)) // those that get a line of their own
	effects := make([][]string, len(rules))
	for r, rule := range rules {
		effects[r] = effectLines(rule, width, c)
		if text := title(rule, c); twwidth.Width(text) <= room {
			rows[r][0] = text
		} else {
			texts[r] = text
		}
	}
	for i := range header {
		header[i] = c.dim(header[i])
	}
	return interleave(grid(header, rows), texts, effects)
}

// interleave puts each text that is not empty above its row, and what there is of effects below it.
func interleave(grid, texts []string, effects [][]string) []string {
	lines := grid[:1:1]
	for r, text := range texts {
		if text != "" {
			lines = append(lines, text)
		}
		lines = append(append(lines, grid[r+1]), effects[r]...)
	}
	return lines
}

// taken is the width of all columns but the first, with the gaps between.
func taken(header []string, rows [][]string) (width int) {
	for _, column := range widths(header, rows)[1:] {
		width += column + len(gap)
	}
	return width
}

// title is the text of the fault, and whose it is.
func title(rule tally.Rule, c colour) string {
	if rule.Guard {
		return c.dim("guard: " + rule.Text)
	}
	return rule.Text
}

func anyBurst(rules []tally.Rule) bool {
	return slices.ContainsFunc(rules, func(rule tally.Rule) bool { return rule.Bursty })
}

func dropped(rule tally.Rule, c colour) string {
	text := count(rule.Dropped.Packets)
	switch {
	case !rule.Drops:
		return ""
	case rule.Dropped.Packets > 0:
		return c.red(text)
	}
	return text
}

// observed writes the loss with as many decimals as its interval is worth, and a mark if what was
// asked for lies outside.
func observed(loss tally.Loss, c colour) string {
	switch {
	case math.IsNaN(loss.Observed):
		return ""
	case math.IsNaN(loss.Low):
		return percent(loss.Observed, 2)
	case loss.Exact:
		return percent(loss.Observed, 2) + " (exact)"
	case !loss.Enough:
		return "too few packets yet"
	}
	decimals := worth(100 * (loss.High - loss.Low))
	bound := func(share float64) string { return fmt.Sprintf("%.*f", decimals, share*100) }
	text := fmt.Sprintf("%.*f%% (%s–%s)", decimals, loss.Observed*100, bound(loss.Low), bound(loss.High))
	if loss.Odd() {
		return c.yellow("! " + text)
	}
	return text
}

// worth is how many decimals give two digits of the width.
func worth(width float64) int {
	if width <= 0 {
		return 2
	}
	return int(min(4, max(0, 1+math.Ceil(-math.Log10(width)))))
}

// burst is empty where a mean run of losses says nothing about the fault.
func burst(rule tally.Rule, wide bool) string {
	switch {
	case math.IsNaN(rule.ObservedBurst), math.IsNaN(rule.AskedBurst):
		return ""
	case wide:
		return fmt.Sprintf("%.2f (%.4g)", rule.ObservedBurst, rule.AskedBurst)
	case rule.Bursty:
		return fmt.Sprintf("%.2f", rule.ObservedBurst)
	}
	return ""
}
