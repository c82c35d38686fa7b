// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"dilih/reader/clocks"
)

// Lease is how long faults stay in force.
type Lease struct {
	text string        // as given
	time time.Duration // 0: forever
}

// Duration returns how long that is; 0 is forever.
func (l Lease) Duration() time.Duration { return l.time }

const (
	day   = 24 * time.Hour
	least = time.Millisecond // of a lease: a CPU looks at the clock once in a tick
)

// inDays is a duration that begins with days, which Go's do not know.
var inDays = regexp.MustCompile(`^([0-9]{1,5})d(.*)$`)

// ParseLease reads a duration of Go's, with days if need be, or forever.
func ParseLease(text string) (Lease, error) {
	if text == "forever" {
		return Lease{text: text}, nil
	}
	var days time.Duration
	rest := text
	if parts := inDays.FindStringSubmatch(text); parts != nil {
		n, _ := strconv.Atoi(parts[1])
		days, rest = time.Duration(n)*day, parts[2]
	}
	if rest == "" && days > 0 {
		rest = "0s"
	}
	span, err := time.ParseDuration(rest)
	switch {
	case err != nil || span < 0:
		return Lease{}, fmt.Errorf("%q is not a time: write it as 90s, 15m, 2h30m, 7d or forever", text)
	case days+span <= 0:
		return Lease{}, fmt.Errorf("%q would end the faults before they begin", text)
	case days+span < least:
		return Lease{}, fmt.Errorf("%q ends before any packet can come: %v is the least", text, least)
	}
	return Lease{text, days + span}, nil
}

// deadlineFrom is when the lease ends if it begins then, in ns of CLOCK_BOOTTIME; 0 is never.
func (l Lease) deadlineFrom(now uint64) uint64 {
	if l.time == 0 {
		return 0
	}
	return now + uint64(l.time)
}

// deadline is when the lease ends if it begins now, in ns of CLOCK_BOOTTIME; 0 is never.
func (l Lease) deadline() (uint64, error) {
	now, err := clocks.Read(unix.CLOCK_BOOTTIME)
	return l.deadlineFrom(now), err
}
