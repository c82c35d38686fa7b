// SPDX-License-Identifier: MIT

package view

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/tally"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte(text), 0o644)))
	}
	want, err := os.ReadFile(file)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(text, string(want)))
}

// counted is a rule after it matched and dropped so many packets, in so many runs.
type counted struct {
	text                      string
	guard                     bool
	matched, dropped, periods uint64
}

func (c counted) rule(entry uint16) tally.Rule {
	return c.with(entry, abi.RuleCounters{})
}

// with is a rule that also did to its packets what the counters say.
func (c counted) with(entry uint16, counters abi.RuleCounters) tally.Rule {
	faults, err := fault.Parse("test", c.text)
	if err != nil {
		panic(err)
	}
	rule := faults[0].Rule(42, 1)
	if c.guard {
		rule.Guard = 1
	}
	counters.Matched.Packets, counters.Dropped.Packets, counters.LossPeriods = c.matched, c.dropped, c.periods
	return tally.NewRule(pinned.RuleState{Entry: entry, Rule: rule, Counters: counters})
}

func rules(list ...counted) (rules []tally.Rule) {
	for i, c := range list {
		rules = append(rules, c.rule(uint16(i)))
	}
	return rules
}

// usual is a snapshot of everyday life, which tests change to what they are about.
func usual(changes ...func(*tally.Snapshot)) tally.Snapshot {
	s := tally.Snapshot{
		Time:       time.Date(2025, 3, 1, 12, 3, 4, 500e6, time.UTC),
		Pin:        "/sys/fs/bpf/dilih",
		Elapsed:    time.Second,
		Devices:    []devices.Device{{Name: "eth0", Index: 2, Mode: "generic"}},
		InForce:    true,
		Generation: 1,
		Seed:       42,
		Lease:      tally.Lease{Left: 3540*time.Second + 200*time.Millisecond},
		Counts: tally.Counts{
			Entered: tally.Traffic{Packets: 123_470, Bytes: 12_347_000, Rate: 1234},
			Passed:  tally.Traffic{Packets: 61_714, Bytes: 6_171_400, Rate: 616.5},
			Dropped: tally.Traffic{Packets: 61_756, Bytes: 6_175_600, Rate: 617.5},
		},
		Rules: rules(
			counted{"pass arp", true, 12, 0, 0},
			counted{"pass nd", true, 2, 0, 0},
			counted{"drop 50%", false, 123_456, 61_756, 30_878},
		),
		PassedTimes:  times(320, 40),
		DroppedTimes: times(310, 44),
		Events:       tally.Events{Read: 246_912, SampledOut: 28},
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

// times are those of 200 packets that took so many nanoseconds, and a bit more each.
func times(from, step uint32) tally.Times {
	watch := tally.NewStopwatch()
	for i := range uint32(200) {
		watch.Add(from+i*i*step/200, 0)
	}
	return watch.Times()
}

// both has a fault for what leaves, and its program on the device.
func both(s *tally.Snapshot) {
	s.Devices[0].Out = true
	s.Rules = append(s.Rules, rules(counted{"drop 5% out tcp dport 5432", false, 20_000, 1_012, 960})...)
	s.Out = &tally.Counts{
		Entered: tally.Traffic{Packets: 23_470, Bytes: 30_347_000, Rate: 234},
		Passed:  tally.Traffic{Packets: 22_458, Bytes: 29_038_474, Rate: 223.5},
		Dropped: tally.Traffic{Packets: 1_012, Bytes: 1_308_526, Rate: 10.5},
	}
}

func undecided(s *tally.Snapshot) {
	both(s)
	s.Devices[0].Out = false
}

// waiting has faults that make packets wait, in both directions, and the queues where they do.
func waiting(s *tally.Snapshot) {
	both(s)
	s.Arriving, s.Devices[0].In = abi.HookTCIn, true
	whole := devices.Queue{There: true, Up: true, Holds: true, Filtered: true, Fed: true}
	s.Devices[0].Queues = [abi.Directions]devices.Queue{whole, whole}
	s.Devices[0].Queues[abi.DirectionIn].Waiting = 37
	s.Devices[0].Queues[abi.DirectionOut].Dropped = 9
	s.Delayed, s.Duplicated = 61_000, 612
	s.Out.Delayed, s.Out.QueueDropped = 1_800, tally.Traffic{Packets: 200, Bytes: 301_400, Rate: 2.5}
	s.Out.Entered = s.Out.Entered.Plus(s.Out.QueueDropped)
	s.Rules = append(s.Rules[:2],
		counted{"drop 1% delay 40ms jitter 10ms normal duplicate 1% per flow udp dport 5004", false, 61_714, 617, 600}.with(2,
			abi.RuleCounters{Delayed: 61_000, Delay: 61_000 * 40_123_456, Duplicated: 612}),
		counted{"rate 10mbit out tcp", false, 2_000, 0, 0}.with(3,
			abi.RuleCounters{Delayed: 1_800, Delay: 1_800 * 7_654_321, QueueDropped: 200}),
		counted{"delay 5ms out icmp", false, 0, 0, 0}.rule(4),
	)
	s.Delays = delays(40_000)
}

// delays are those of 200 packets around so many microseconds.
func delays(around uint32) tally.Delays {
	watch := tally.NewDelayWatch()
	for i := range uint32(200) {
		watch.Add(around-10_000+100*i, uint8(i%100/50))
	}
	return watch.Delays()
}

// broken lacks parts of what its faults ask for.
func broken(s *tally.Snapshot) {
	waiting(s)
	lacking := func(change func(in, out *devices.Queue)) devices.Device {
		device := s.Devices[0]
		device.Name = fmt.Sprint("eth", len(s.Devices))
		change(&device.Queues[abi.DirectionIn], &device.Queues[abi.DirectionOut])
		return device
	}
	for _, change := range []func(in, out *devices.Queue){
		func(in, out *devices.Queue) { in.Up, out.Holds = false, false },
		func(in, out *devices.Queue) { *in, *out = devices.Queue{}, devices.Queue{Filtered: true} },
		func(in, out *devices.Queue) { in.Filtered, in.Fed, out.Fed = false, false, false },
	} {
		s.Devices = append(s.Devices, lacking(change))
	}
	s.Devices[0].In, s.Devices[0].Out = false, false
}

// scattered has devices in several network namespaces, one of which cannot be read.
func scattered(s *tally.Snapshot) {
	broken(s)
	s.Devices[1].Namespace, s.Devices[2].Namespace = "blue", "4711"
	s.Unread = []string{"network namespace red: list the network interfaces: resource temporarily unavailable"}
}

// past has packets that pass dilih by, some that were decided at tc all the same, and some that did not wait.
func past(s *tally.Snapshot) {
	waiting(s)
	s.Unmarked, s.Undelayed, s.Rules[2].Undelayed = 4_711, 12, 12
	native := devices.Device{Name: "eth1", Index: 3, Mode: "driver"}
	s.Devices = append(s.Devices, native, devices.Device{Name: "eth2", Index: 4, Mode: "generic"})
	s.Unseen = []tally.Unseen{{Known: true}, {Known: true, Packets: 12_345}, {}}
}

func contended(s *tally.Snapshot) { s.Totals.Contended = 1_234 }

func shadow(s *tally.Snapshot)   { s.Shadow = true }
func quiet(s *tally.Snapshot)    { s.Entered.Rate, s.Passed.Rate, s.Dropped.Rate = 0, 0, 0 }
func ended(s *tally.Snapshot)    { s.Lease = tally.Lease{} }
func unnamed(s *tally.Snapshot)  { s.Devices, s.Unnamed = nil, true }
func detached(s *tally.Snapshot) { s.Devices = nil }
func unloaded(s *tally.Snapshot) { s.Devices, s.Gone = nil, errors.New("gone") }

func blind(s *tally.Snapshot) {
	s.Blind = errors.New("nobody may")
	s.Why = "another reader has the events (pid 4711, dilih-reader, user alice); end it to have them here"
	s.PassedTimes, s.DroppedTimes, s.Events = tally.Times{}, tally.Times{}, tally.Events{}
}

func faultless(s *tally.Snapshot) {
	s.InForce, s.Generation, s.Seed, s.Rules, s.Lease = false, 0, 0, nil, tally.Lease{Forever: true}
}

// various has a fault of each kind, some with too few packets and one that is off.
func various(s *tally.Snapshot) {
	s.Seed = 18_446_744_073_709_551_615
	s.Totals.Flows = abi.MaxFlows + 1_000
	s.Events.Lost = 12
	s.Rules = rules(
		counted{"pass arp", true, 1_200, 0, 0},
		counted{"pass tcp dport 22 from 192.0.2.7", true, 2_345, 0, 0},
		counted{"drop 1% burst 4 udp dport 5004", false, 1_000_000, 10_100, 2_500},
		counted{"drop 20% icmp", false, 10_000, 2_200, 1_700},
		counted{"drop 0.1% ip6", false, 900, 1, 1},
		counted{"drop every 10 udp", false, 1_009, 100, 100},
		counted{"drop first 10 syn", false, 40, 10, 1},
		counted{"drop 5% of flows tcp from 2001:db8:1234:5678::/64 dport 1000-2000", false, 4_000_000_000, 300_000_000, 9},
	)
}

// busy has all there can be.
func busy(s *tally.Snapshot) {
	crowded(s)
	both(s)
	contended(s)
	shadow(s)
}

func crowded(s *tally.Snapshot) {
	list := []counted{{"pass arp", true, 12, 0, 0}, {"pass nd", true, 2, 0, 0}}
	for port := range abi.MaxRules - 2 {
		list = append(list, counted{fmt.Sprintf("drop 10%% tcp dport %d", 1000+port), false, 1000, 100, 90})
	}
	s.Rules = rules(list...)
}
