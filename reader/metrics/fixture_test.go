// SPDX-License-Identifier: MIT

package metrics

import (
	"errors"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"github.com/prometheus/client_golang/prometheus"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/tally"
)

const usualPin = "/sys/fs/bpf/dilih"

// rule is a rule after it matched and dropped so many packets of 100 bytes, in so many runs.
func rule(t *testing.T, text string, guard bool, matched, dropped, periods uint64) tally.Rule {
	t.Helper()
	faults, err := fault.Parse("test", text)
	qt.Assert(t, qt.IsNil(err))
	rule := faults[0].Rule(42, 1)
	if guard {
		rule.Guard = 1
	}
	return tally.NewRule(pinned.RuleState{Rule: rule, Counters: abi.RuleCounters{
		Matched:     abi.Tally{Packets: matched, Bytes: 100 * matched},
		Dropped:     abi.Tally{Packets: dropped, Bytes: 100 * dropped},
		LossPeriods: periods,
	}})
}

// times are those of a packet each, which stands for itself.
func times(each ...uint32) tally.Times {
	stopwatch := tally.NewStopwatch()
	for _, ns := range each {
		stopwatch.Add(ns, 0)
	}
	return stopwatch.Times()
}

// usual is a snapshot in which everything has something to tell.
func usual(t *testing.T) tally.Snapshot {
	t.Helper()
	return tally.Snapshot{
		Pin: usualPin,
		Devices: []devices.Device{{
			Name: "eth0", Index: 2, Mode: "generic", In: true,
			Queues: [abi.Directions]devices.Queue{{There: true, Up: true, Filtered: true, Fed: true, Waiting: 37}},
		}},
		Unseen:     []tally.Unseen{{Known: true}},
		InForce:    true,
		Generation: 3,
		Seed:       1<<64 - 1, // too large for a float
		Lease:      tally.Lease{Left: 90500 * time.Millisecond},
		Counts: tally.Counts{
			Passed:  tally.Traffic{Packets: 520, Bytes: 52_000},
			Dropped: tally.Traffic{Packets: 500, Bytes: 50_000},
		},
		PassedTimes:  times(15, 16, 127, 128, 2_000_000),
		DroppedTimes: times(0),
		Events:       tally.Events{Read: 1500},
		Totals:       abi.Totals{Reported: 800, Events: 1560, NoReader: 30, RingFull: 8, Failed: 2, Flows: 7},
		Rules: []tally.Rule{
			rule(t, "pass arp", true, 20, 0, 0),
			rule(t, "drop 50% udp", false, 1000, 500, 250),
			rule(t, "drop 1% burst 4", false, 0, 0, 0),
			rule(t, "drop 1% delay 40ms rate 10mbit duplicate 1% tcp", false, 0, 0, 0),
		},
	}
}

// gone is a snapshot of pins that were there once.
func gone(t *testing.T) tally.Snapshot {
	t.Helper()
	snapshot := usual(t)
	snapshot.Pin, snapshot.Gone = "/sys/fs/bpf/gone", errors.New("gone")
	return snapshot
}

// collectorOf tells of the snapshots.
func collectorOf(snapshots ...tally.Snapshot) prometheus.Collector {
	return collector{func() []tally.Snapshot { return snapshots }}
}
