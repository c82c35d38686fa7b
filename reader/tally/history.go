// SPDX-License-Identifier: MIT

package tally

import "time"

// The history is this many cells of at least this long each: three minutes or more.
const (
	historyCells = 45
	cellSpan     = 4 * time.Second
)

// Cell is what came in during a part of the history.
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

// History is what came in lately. The zero value is ready to use.
type History struct {
	cells            []Cell
	entered, dropped uint64 // totals at the last snapshot
}

// Add takes the next snapshot.
func (h *History) Add(s Snapshot) {
	entered, dropped := since(h.entered, s.Entered.Packets), since(h.dropped, s.Dropped.Packets)
	h.entered, h.dropped = s.Entered.Packets, s.Dropped.Packets
	if s.Elapsed == 0 {
		return // the first one only says where the counters stood
	}
	if len(h.cells) == 0 || h.cells[len(h.cells)-1].span+s.Elapsed/2 >= cellSpan {
		h.cells = append(h.cells, Cell{})
	}
	last := &h.cells[len(h.cells)-1]
	last.Entered += entered
	last.Dropped += dropped
	last.span += s.Elapsed
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
