// SPDX-License-Identifier: MIT

package pcap

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock turns the kernel's time into that of the clock on the wall.
//
// The kernel stamps events with CLOCK_MONOTONIC. It runs at the pace of the wall clock, since both are
// steered alike, but it stands still in suspend, and nobody sets it. So the distance between the two
// is constant, except that it jumps when the system was suspended or somebody set the wall clock. It is
// measured again after each batch of packets, for the packets that are to come: those before a jump
// keep the time they happened at, and so do those after it, except the batch that it comes in.
type clock struct {
	read     func(id int32) int64 // ns
	distance int64                // ns from CLOCK_MONOTONIC to CLOCK_REALTIME
	doubt    int64                // ns that the distance may be off
}

func newClock(read func(id int32) int64) *clock {
	c := &clock{read: read}
	c.distance, c.doubt = c.measure()
	return c
}

func readClock(id int32) int64 {
	var now unix.Timespec
	_ = unix.ClockGettime(id, &now) // cannot fail for clocks that every Linux has
	return now.Nano()
}

// time is the time on the wall at a time of the kernel, in ns.
func (c *clock) time(at uint64) time.Time {
	return time.Unix(0, int64(at)+c.distance)
}

// follow looks for a jump. What may be an error of measurement is none: otherwise packets would
// change their order.
func (c *clock) follow() {
	distance, doubt := c.measure()
	jump := max(distance-c.distance, c.distance-distance)
	if jump > doubt+c.doubt {
		c.distance, c.doubt = distance, doubt
	}
}

// measure takes the best of a few measurements: this process may lose its CPU between two looks at
// the clocks.
func (c *clock) measure() (distance, doubt int64) {
	const tries = 5
	for i := range tries {
		before := c.read(unix.CLOCK_MONOTONIC)
		now := c.read(unix.CLOCK_REALTIME)
		after := c.read(unix.CLOCK_MONOTONIC)
		if i == 0 || after-before < doubt {
			distance, doubt = now-before-(after-before)/2, after-before
		}
	}
	return distance, doubt
}
