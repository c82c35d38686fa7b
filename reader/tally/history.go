// SPDX-License-Identifier: MIT

package tally

import "time"

// The history is this many cells of at least this long each: three minutes or more.
const (
	historyCells = 45
	cellSpan     = 4 * time.Second
)

// Cell is what came during a part of the history.
type Cell struct {
	Entered, Dropped uint64 // packets
	span             time.Duration
}

// Share is the part that was dropped, from 0 to 1.
func (c Cell) Share() float64 {
	if c.Entered == 0 {
		return 0
	}
	return float64(c.Dropped) / float64(c.Entered)
}

// History is what came lately in one direction. The zero value is ready to use.
type History struct {
	cells            []Cell
	entered, dropped uint64 // in all, at the last snapshot
}

// Add takes the counts of the next snapshot, and the time since the one before.
func (h *History) Add(counts Counts, elapsed time.Duration) {
	entered, dropped := since(h.entered, counts.Entered.Packets), since(h.dropped, counts.Dropped.Packets)
	h.entered, h.dropped = counts.Entered.Packets, counts.Dropped.Packets
	if elapsed == 0 {
		return // the first one only says where the counters stood
	}
	if len(h.cells) == 0 || h.cells[len(h.cells)-1].span+elapsed/2 >= cellSpan {
		h.cells = append(h.cells, Cell{})
	}
	last := &h.cells[len(h.cells)-1]
	last.Entered += entered
	last.Dropped += dropped
	last.span += elapsed
	if len(h.cells) > historyCells {
		h.cells = h.cells[1:]
	}
}

// Cells are the cells from the oldest to the newest, and the time that all of them span.
func (h *History) Cells() (cells []Cell, span time.Duration) {
	for _, cell := range h.cells {
		span += cell.span
	}
	return h.cells, span
}
