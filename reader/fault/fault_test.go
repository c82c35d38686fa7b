// SPDX-License-Identifier: MIT

package fault

import (
	"math"
	"math/rand/v2"
	"testing"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/testenv"
)

// one parses a single fault.
func one(t *testing.T, text string) Fault {
	t.Helper()
	faults, err := Parse("test", text)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(faults, 1))
	return faults[0]
}

func TestRule(t *testing.T) {
	const percent = abi.One / 100.0
	anything := everything(abi.ActionDrop)
	for _, test := range []struct {
		text   string
		change func(*abi.Rule)
	}{
		{"drop", func(r *abi.Rule) { r.Good = abi.One }},
		{"drop 1%", func(r *abi.Rule) { r.Good = 42949673 }},
		{"pass arp", func(r *abi.Rule) { r.Action, r.Kinds = abi.ActionPass, abi.KindARP }},
		{"drop 1% burst 4", func(r *abi.Rule) {
			r.Process, r.Bad, r.R, r.Start = abi.ProcessBurst, abi.One, abi.One/4, 42949673
			r.P = uint64(math.Round(0.25 / 99 * abi.One))
		}},
		{"drop gemodel 1% 10% 80% 0.1%", func(r *abi.Rule) {
			r.Process, r.P, r.R = abi.ProcessGEModel, 42949673, 429496730
			r.Bad, r.Good = uint64(math.Round(80*percent)), 4294967
		}},
		{"drop gemodel 25%", func(r *abi.Rule) {
			r.Process, r.P, r.R, r.Bad = abi.ProcessGEModel, abi.One/4, abi.One/4*3, abi.One
		}},
		{"drop every 7", func(r *abi.Rule) { r.Process, r.Period, r.Scope = abi.ProcessEvery, 7, abi.ScopeAll }},
		{"drop first 7 per flow", func(r *abi.Rule) { r.Process, r.Period, r.Scope = abi.ProcessFirst, 7, abi.ScopeFlow }},
		{"drop 25% of flows", func(r *abi.Rule) { r.Process, r.Good, r.Scope = abi.ProcessFlows, abi.One/4, abi.ScopeFlow }},
		{"drop tcp syn dport 80-90 from 10.128.0.0/9 to 192.0.2.1 len 60-70", func(r *abi.Rule) {
			r.Good, r.Kinds = abi.One, abi.KindTCP|abi.KindSYN|abi.KindPorts|abi.KindIP
			r.DportFirst, r.DportLast, r.LengthFirst, r.LengthLast = 80, 90, 60, 70
			r.Asks = abi.AsksFrom | abi.AsksTo
			r.From = abi.Prefix{Address: [16]uint8{10, 128}, Mask: [16]uint8{255, 128}}
			r.To = abi.Prefix{Address: [16]uint8{192, 0, 2, 1}, Mask: [16]uint8{255, 255, 255, 255}}
		}},
		{"drop nd to fe80::/10", func(r *abi.Rule) {
			r.Good, r.Kinds, r.Asks = abi.One, abi.KindND|abi.KindICMP6|abi.KindIP6, abi.AsksTo
			r.To = abi.Prefix{Address: [16]uint8{0xfe, 0x80}, Mask: [16]uint8{255, 0xc0}}
		}},
		{"drop proto 132 sport 5", func(r *abi.Rule) {
			r.Good, r.Kinds, r.SportFirst, r.SportLast = abi.One, abi.KindProtocol|abi.KindPorts, 5, 5
			r.Asks, r.Protocol = abi.AsksProtocol, 132
		}},
		{"delay 40ms jitter 10ms normal per flow", func(r *abi.Rule) {
			r.Action, r.Scope = abi.ActionPass, abi.ScopeFlow
			r.Delay, r.Jitter, r.Distribution = 40e6, 10e6, abi.DistributionNormal
		}},
		{"drop 25% rate 1.5mbit duplicate 50%", func(r *abi.Rule) {
			r.Good, r.Rate, r.Queue, r.Duplicate = abi.One/4, 1.5e6, 50e6, abi.One/2
		}},
		{"rate 64kbit queue 300us overall", func(r *abi.Rule) {
			r.Action, r.Scope, r.Rate, r.Queue = abi.ActionPass, abi.ScopeAll, 64e3, 300e3
		}},
	} {
		t.Run(test.text, func(t *testing.T) {
			want := anything
			test.change(&want)
			got := one(t, test.text).Rule(42, 1)
			got.Key = 0
			qt.Assert(t, qt.Equals(got, want))
		})
	}
}

func TestRuleKey(t *testing.T) {
	// Seed and ordinal decide, and nothing else.
	first, second := one(t, "drop 5%"), one(t, "drop 10% tcp")
	qt.Check(t, qt.Equals(first.Rule(42, 1).Key, second.Rule(42, 1).Key))
	qt.Check(t, qt.Not(qt.Equals(first.Rule(42, 1).Key, first.Rule(42, 2).Key)))
	qt.Check(t, qt.Not(qt.Equals(first.Rule(42, 1).Key, first.Rule(43, 1).Key)))

	guards, err := ParseGuards("arp")
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(guards[0].Rule(42, 1).Key, 0))
	qt.Check(t, qt.Equals(guards[0].Rule(42, 1).Guard, 1))
}

func TestFromRule(t *testing.T) {
	for _, test := range canonical {
		fault, err := FromRule(one(t, test.typed).Rule(rand.Uint64(), 3))
		qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", test.typed))
		qt.Check(t, qt.Equals(fault.String(), test.printed))
	}
	guards, err := ParseGuards("arp; tcp dport 22 from 192.0.2.7")
	qt.Assert(t, qt.IsNil(err))
	for _, guard := range guards {
		fault, err := FromRule(guard.Rule(1, 1))
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(fault, guard))
	}
}

func TestFromRuleRefusesWhatNoFaultSays(t *testing.T) {
	for name, change := range map[string]func(*abi.Rule){
		"zero":               func(r *abi.Rule) { *r = abi.Rule{} },
		"action":             func(r *abi.Rule) { r.Action = 2 },
		"process":            func(r *abi.Rule) { r.Process = 6 },
		"scope":              func(r *abi.Rule) { r.Scope = 4 },
		"guard":              func(r *abi.Rule) { r.Guard = 2 },
		"guard that drops":   func(r *abi.Rule) { r.Guard = 1 },
		"guard of all":       func(r *abi.Rule) { *r = everything(abi.ActionPass); r.Guard = 1 },
		"reserved":           func(r *abi.Rule) { r.Reserved[3] = 1 },
		"direction":          func(r *abi.Rule) { r.Direction = 2 },
		"distribution":       func(r *abi.Rule) { *r = one(t, "delay 2ms jitter 1ms").rule; r.Distribution = 2 },
		"normal constant":    func(r *abi.Rule) { *r = one(t, "delay 2ms").rule; r.Distribution = abi.DistributionNormal },
		"jitter alone":       func(r *abi.Rule) { r.Jitter = 1 },
		"jitter too wide":    func(r *abi.Rule) { r.Delay, r.Jitter = 1, 2 },
		"delay without end":  func(r *abi.Rule) { r.Delay = math.MaxUint64 },
		"queue alone":        func(r *abi.Rule) { r.Queue = 1 },
		"rate alone":         func(r *abi.Rule) { r.Rate = 1e6 },
		"rate without end":   func(r *abi.Rule) { r.Rate, r.Queue = math.MaxUint64, 1 },
		"more duplicates":    func(r *abi.Rule) { r.Duplicate = abi.One + 1 },
		"delay of none left": func(r *abi.Rule) { r.Good, r.Delay = abi.One, 1 },
		"constant per flow":  func(r *abi.Rule) { *r = one(t, "delay 2ms").rule; r.Scope = abi.ScopeFlow },
		"guard that delays":  func(r *abi.Rule) { *r = one(t, "delay 2ms arp").rule; r.Guard = 1 },
		"pass every":         func(r *abi.Rule) { *r = one(t, "delay 2ms").rule; r.Process, r.Period = abi.ProcessEvery, 2 },
		"unknown kind":       func(r *abi.Rule) { r.Kinds = 0x800 },
		"kind without ip":    func(r *abi.Rule) { r.Kinds = abi.KindICMP },
		"two kinds":          func(r *abi.Rule) { r.Kinds = abi.KindTCP | abi.KindUDP },
		"ports without kind": func(r *abi.Rule) { r.DportLast = 9 },
		"upside down":        func(r *abi.Rule) { r.LengthFirst, r.LengthLast = 9, 8 },
		"unknown question":   func(r *abi.Rule) { r.Asks = 8 },
		"prefix of nothing":  func(r *abi.Rule) { r.Asks = abi.AsksFrom },
		"mask with a hole": func(r *abi.Rule) {
			r.Kinds, r.Asks, r.From.Mask = abi.KindIP, abi.AsksFrom, [16]uint8{255, 0, 255}
		},
		"bits outside the mask": func(r *abi.Rule) {
			r.Kinds, r.Asks, r.To.Address = abi.KindIP, abi.AsksTo, [16]uint8{1}
		},
		"more than all":        func(r *abi.Rule) { r.Good = abi.One + 1 },
		"share without end":    func(r *abi.Rule) { r.Good = math.MaxUint64 },
		"no bursts":            func(r *abi.Rule) { r.Process = abi.ProcessBurst },
		"burst of another p":   func(r *abi.Rule) { *r = one(t, "drop 1% burst 4").rule; r.P++ },
		"every none":           func(r *abi.Rule) { r.Process, r.Scope, r.Good = abi.ProcessEvery, abi.ScopeAll, 0 },
		"every beyond a chain": func(r *abi.Rule) { *r = one(t, "drop every 5").rule; r.Period = math.MaxUint64 },
	} {
		t.Run(name, func(t *testing.T) {
			rule := one(t, "drop 5%").rule
			change(&rule)
			_, err := FromRule(rule)
			qt.Assert(t, qt.ErrorMatches(err, `(?s)decode a rule that no fault encodes to: .*`))
		})
	}
}

// Every fixed-point number has a shortest text, which encodes to it.
func TestNumbersRoundTrip(t *testing.T) {
	random := testenv.Random(t)
	for range testenv.Rounds(20_000) {
		value := random.Uint64N(abi.One) >> random.UintN(33)
		got, ok := fixedPercent(percentText(value))
		qt.Assert(t, qt.IsTrue(ok && got == value), qt.Commentf("%d as %s%%", value, percentText(value)))
		if value == 0 {
			continue
		}
		got, ok = fixedInverse(inverseText(value))
		qt.Assert(t, qt.IsTrue(ok && got == value), qt.Commentf("%d as 1/%s", value, inverseText(value)))
	}
}

// What a person types with few digits comes back as it was typed.
func TestShortNumbersComeBack(t *testing.T) {
	for _, text := range []string{"0", "1", "10", "99", "100", "0.1", "33.3", "66.67", "99.999", "0.000123"} {
		value, ok := fixedPercent(text)
		qt.Check(t, qt.IsTrue(ok))
		qt.Check(t, qt.Equals(percentText(value), text))
	}
	for _, text := range []string{"1", "1.5", "2", "3", "7", "10", "12.34", "1000", "65000", "1000000"} {
		value, ok := fixedInverse(text)
		qt.Check(t, qt.IsTrue(ok))
		qt.Check(t, qt.Equals(inverseText(value), text))
	}
}

func TestProbability(t *testing.T) {
	for text, want := range map[string]float64{"1": 0.01, "50": 0.5, "0.1": 0.001, "0": 0, "100": 1} {
		value, _ := fixedPercent(text)
		qt.Check(t, qt.Equals(probability(value), want))
	}
}
