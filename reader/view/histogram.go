// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"dilih/reader/tally"
)

// Columns of a bar, and of all that stands beside the two bars of a row.
const (
	narrowestBar = 8
	widestBar    = 40
	beside       = 40
)

// histogram draws how the processing times of passed and of dropped packets are distributed, a row
// for each doubling.
func histogram(passed, dropped tally.Times, width int, c colour) []string {
	first, last := occupied(passed, dropped)
	if first > last {
		return nil
	}
	room := min(widestBar, max(narrowestBar, (width-beside)/2))
	highest := max(peak(passed), peak(dropped))
	var rows [][]string
	for bucket := first; bucket <= last; bucket++ {
		p, d := part(passed, bucket), part(dropped, bucket)
		rows = append(rows, []string{
			span(bucket),
			shareCell(p), column(p/highest, room),
			shareCell(d), c.red(column(d/highest, room)),
		})
	}
	header := []string{c.dim("processing, ns"), c.dim("passed"), strings.Repeat(" ", room), c.dim("dropped"), ""}
	return grid(header, rows)
}

// delayHistogram draws how the delays that were asked for are distributed.
func delayHistogram(delays tally.Delays, width int, c colour) []string {
	if delays.Weight == 0 {
		return nil
	}
	room := min(2*widestBar, max(narrowestBar, width-beside))
	highest := float64(slices.Max(delays.Bins))
	var rows [][]string
	for bin, weight := range delays.Bins {
		from := delays.First + uint64(bin)*delays.Step
		rows = append(rows, []string{
			inMilliseconds(from) + "–" + inMilliseconds(from+delays.Step),
			shareCell(float64(weight) / float64(delays.Weight)), column(float64(weight)/highest, room),
		})
	}
	return grid([]string{c.dim("delay asked for, ms"), c.dim("packets"), ""}, rows)
}

// inMilliseconds writes microseconds, all of them.
func inMilliseconds(us uint64) string { return strconv.FormatFloat(float64(us)/1000, 'f', -1, 64) }

// occupied are the first and the last bucket with anything in them.
func occupied(passed, dropped tally.Times) (first, last int) {
	first, last = tally.Buckets, -1
	for bucket := range tally.Buckets {
		if passed.Weights[bucket]+dropped.Weights[bucket] > 0 {
			first, last = min(first, bucket), bucket
		}
	}
	return first, last
}

func part(t tally.Times, bucket int) float64 {
	if t.Count == 0 {
		return 0
	}
	return float64(t.Weights[bucket]) / float64(t.Weight())
}

func peak(t tally.Times) (highest float64) {
	for bucket := range tally.Buckets {
		highest = max(highest, part(t, bucket))
	}
	return highest
}

// span names the times in a bucket.
func span(bucket int) string {
	if bucket == 0 {
		return "0"
	}
	return fmt.Sprintf("%s–%s", count(1<<(bucket-1)), count(1<<bucket-1))
}

func shareCell(share float64) string {
	if share == 0 {
		return ""
	}
	return percent(share, 1)
}

// column is a bar for a part of 0 to 1 of the room, to an eighth of a character, padded to the room:
// its cell is aligned right.
func column(part float64, room int) string {
	eighths := int(math.Round(part * float64(room) * 8))
	if part > 0 {
		eighths = max(eighths, 1)
	}
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return text + strings.Repeat(" ", room-(eighths+7)/8)
}
