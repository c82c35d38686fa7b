// SPDX-License-Identifier: MIT

package pcap

import (
	"slices"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
)

// clocks are two clocks that move on whenever somebody looks.
type clocks struct {
	monotonic, realtime int64
	cost                []int64 // of the next looks, ns; then 20
}

func (c *clocks) read(id int32) int64 {
	passed := int64(20)
	if len(c.cost) > 0 {
		passed, c.cost = c.cost[0], c.cost[1:]
	}
	c.monotonic += passed
	c.realtime += passed
	if id == unix.CLOCK_MONOTONIC {
		return c.monotonic
	}
	return c.realtime
}

func TestWall(t *testing.T) {
	const start = 1_700_000_000_000_000_000
	c := &clocks{monotonic: 1000, realtime: start + 1000, cost: []int64{20, 20, 5000}} // a slow start
	w := newWall(c.read)
	qt.Assert(t, qt.Equals(w.time(5000).UnixNano(), start+5000))

	for range 100 {
		c.cost = slices.Repeat([]int64{20, 20, 900}, 5) // this process loses its CPU each time
		w.follow()
		qt.Assert(t, qt.Equals(w.time(5000).UnixNano(), start+5000))
	}

	c.realtime += int64(time.Hour) // suspended, or set forward
	qt.Assert(t, qt.Equals(w.time(5000).UnixNano(), start+5000))
	w.follow()
	qt.Assert(t, qt.Equals(w.time(5000).UnixNano(), start+5000+int64(time.Hour)))

	c.realtime -= int64(2 * time.Hour) // set back
	w.follow()
	qt.Assert(t, qt.Equals(w.time(5000).UnixNano(), start+5000-int64(time.Hour)))
}

// The clocks of this machine: what the kernel calls now is now.
func TestWallNow(t *testing.T) {
	before := time.Now()
	w := newWall(readClock)
	now := w.time(uint64(readClock(unix.CLOCK_MONOTONIC)))
	after := time.Now()
	doubt := time.Duration(w.doubt)
	qt.Assert(t, qt.IsFalse(now.Add(doubt).Before(before.Round(0))))
	qt.Assert(t, qt.IsFalse(now.Add(-doubt).After(after.Round(0))))
}
