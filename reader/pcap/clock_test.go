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

func (two *clocks) read(id int32) int64 {
	passed := int64(20)
	if len(two.cost) > 0 {
		passed, two.cost = two.cost[0], two.cost[1:]
	}
	two.monotonic += passed
	two.realtime += passed
	if id == unix.CLOCK_MONOTONIC {
		return two.monotonic
	}
	return two.realtime
}

func TestClock(t *testing.T) {
	const start = 1_700_000_000_000_000_000
	two := &clocks{monotonic: 1000, realtime: start + 1000, cost: []int64{20, 20, 5000}} // a slow start
	c := newClock(two.read)
	qt.Assert(t, qt.Equals(c.time(5000).UnixNano(), start+5000))

	for range 100 {
		two.cost = slices.Repeat([]int64{20, 20, 900}, 5) // this process loses its CPU each time
		c.follow()
		qt.Assert(t, qt.Equals(c.time(5000).UnixNano(), start+5000))
	}

	two.realtime += int64(time.Hour) // suspended, or set forward
	qt.Assert(t, qt.Equals(c.time(5000).UnixNano(), start+5000))
	c.follow()
	qt.Assert(t, qt.Equals(c.time(5000).UnixNano(), start+5000+int64(time.Hour)))

	two.realtime -= int64(2 * time.Hour) // set back
	c.follow()
	qt.Assert(t, qt.Equals(c.time(5000).UnixNano(), start+5000-int64(time.Hour)))
}

// The clocks of this machine: what the kernel calls now is now.
func TestClockOfThisMachine(t *testing.T) {
	before := time.Now()
	c := newClock(readClock)
	now := c.time(uint64(readClock(unix.CLOCK_MONOTONIC)))
	after := time.Now()
	doubt := time.Duration(c.doubt)
	qt.Assert(t, qt.IsFalse(now.Add(doubt).Before(before.Round(0))))
	qt.Assert(t, qt.IsFalse(now.Add(-doubt).After(after.Round(0))))
}
