// SPDX-License-Identifier: MIT

package tally

import (
	"testing"
	"time"

	"github.com/go-quicktest/qt"
)

// run adds so many snapshots an interval apart, with ten packets in each, of which some are dropped.
func run(h *History, intervals int, interval time.Duration, dropped uint64) {
	for range intervals {
		entered := h.entered + 10
		h.Add(Counts{
			Entered: Traffic{Packets: entered},
			Dropped: Traffic{Packets: h.dropped + dropped},
		}, interval)
	}
}

func TestHistory(t *testing.T) {
	var h History
	h.Add(Counts{Entered: Traffic{Packets: 1000}, Dropped: Traffic{Packets: 900}}, 0) // from before
	run(&h, 4, time.Second, 5)
	run(&h, 4, time.Second, 1)
	cells, span := h.Cells()
	qt.Assert(t, qt.HasLen(cells, 2))
	qt.Assert(t, qt.Equals(cells[0].Entered, 40))
	qt.Assert(t, qt.Equals(cells[0].Share(), 0.5))
	qt.Assert(t, qt.Equals(cells[1].Share(), 0.1))
	qt.Assert(t, qt.Equals(span, 8*time.Second))
}

func TestHistoryForgets(t *testing.T) {
	var h History
	h.Add(Counts{}, 0)
	run(&h, 4, time.Second, 9)
	run(&h, 4*historyCells, time.Second, 1)
	cells, span := h.Cells()
	qt.Assert(t, qt.HasLen(cells, historyCells))
	qt.Assert(t, qt.Equals(cells[0].Share(), 0.1))
	qt.Assert(t, qt.Equals(span, historyCells*cellSpan))
}

// An interval longer than a cell is a cell; one that does not divide it makes them uneven, and leaves none out.
func TestHistoryIntervals(t *testing.T) {
	for _, interval := range []time.Duration{100 * time.Millisecond, 3 * time.Second, time.Minute} {
		var h History
		h.Add(Counts{}, 0)
		run(&h, 30, interval, 3)
		cells, span := h.Cells()
		qt.Check(t, qt.Equals(span, 30*interval))
		sum := uint64(0)
		for _, cell := range cells {
			sum += cell.Dropped
		}
		qt.Check(t, qt.Equals(sum, 90))
	}
}

func TestShareOfNothing(t *testing.T) {
	qt.Assert(t, qt.Equals(Cell{}.Share(), 0))
}
