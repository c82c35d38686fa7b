// SPDX-License-Identifier: MIT

package model

import (
	"math"
	"testing"
	"time"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"
)

// waiting is a rule of 40 ms with a jitter of 10 ms, that duplicates every other packet.
func waiting(distribution abi.Distribution) abi.Rule {
	return abi.Rule{Delay: 40e6, Jitter: 10e6, Distribution: distribution, Duplicate: abi.One / 2}
}

// The numbers come from a program of another language, written from the contract alone.
func TestFatesAreThoseOfTheContract(t *testing.T) {
	for _, test := range []struct {
		key, n          uint64
		uniform, normal time.Duration
		duplicated      bool
	}{
		{0, 0, 47878858, 13609619, true},
		{0, 1, 48251944, 43386688, false},
		{1, 0, 48994215, 50052032, true},
		{0x0123456789abcdef, 0, 39602226, 27458648, false},
		{0x0123456789abcdef, 41, 34483996, 42863769, true},
		{math.MaxUint64, 0, 47666216, 41897277, true},
		{math.MaxUint64, 1 << 40, 31969936, 46571044, true},
	} {
		uniform := Stream{rule: waiting(abi.DistributionUniform), key: test.key, n: test.n}
		qt.Check(t, qt.Equals(uniform.Next(), Fate{Delay: test.uniform, Duplicated: test.duplicated}))
		normal := Stream{rule: waiting(abi.DistributionNormal), key: test.key, n: test.n}
		qt.Check(t, qt.Equals(normal.Next(), Fate{Delay: test.normal, Duplicated: test.duplicated}))
	}
}

// The largest jitters that the fault language knows do not overflow, and nothing leaves before it came.
func TestWidestJitters(t *testing.T) {
	for _, test := range []struct {
		key, n          uint64
		uniform, normal time.Duration
	}{
		{0, 0, 8939429195, 0},
		{0, 1, 9125972026, 1912384032},
		{0x0123456789abcdef, 0, 4801113428, 0},
		{math.MaxUint64, 1 << 40, 984968235, 2367292130},
	} {
		uniform := Stream{rule: abi.Rule{Delay: 5e9, Jitter: 5e9}, key: test.key, n: test.n}
		qt.Check(t, qt.Equals(uniform.Next().Delay, test.uniform))
		normal := Stream{rule: abi.Rule{Delay: 1428571428, Jitter: 1428571428, Distribution: abi.DistributionNormal}, key: test.key, n: test.n}
		qt.Check(t, qt.Equals(normal.Next().Delay, test.normal))
	}
	qt.Check(t, qt.Equals(delay(abi.Rule{Delay: 5e9, Jitter: 5e9}, math.MaxUint64), 1e10-10))
}

// Those of the first packets on CPU 0, by the same program.
func TestFatesOfAStream(t *testing.T) {
	rule := waiting(abi.DistributionUniform)
	rule.Key, rule.Duplicate = RuleKey(42, 1), abi.One/4
	stream := NewStream(rule, 0, 0)
	for _, want := range []Fate{
		{Delay: 44794912}, {Delay: 42568865}, {Delay: 44077177}, {Delay: 32718752}, {Delay: 47851891},
		{Delay: 48330080, Duplicated: true}, {Delay: 43394755}, {Delay: 49207252}, {Delay: 35992255, Duplicated: true},
	} {
		qt.Check(t, qt.Equals(stream.Next(), want))
	}
}

// Losses and waits are drawn apart: with a loss, the packets that are left have the fates that they had without.
func TestLostPacketsTakeTheirNumber(t *testing.T) {
	for _, process := range []func(*abi.Rule){
		func(r *abi.Rule) { r.Good = abi.One / 2 },
		func(r *abi.Rule) { r.Process, r.P, r.R, r.Bad = abi.ProcessGEModel, abi.One/2, abi.One/4, abi.One },
		func(r *abi.Rule) { r.Process, r.Period = abi.ProcessEvery, 3 },
		func(r *abi.Rule) { r.Process, r.Period = abi.ProcessFirst, 50 },
		func(r *abi.Rule) { r.Process, r.Scope = abi.ProcessFlows, abi.ScopeFlow },
	} {
		rule := waiting(abi.DistributionNormal)
		rule.Key = RuleKey(42, 1)
		process(&rule)
		passing := NewStream(rule, 0, udp4)
		rule.Action = abi.ActionDrop
		dropping, again := NewStream(rule, 0, udp4), NewStream(rule, 0, udp4)
		losses := drops(again, 100)
		for n := range 100 {
			want := passing.Next()
			if len(losses) > 0 && losses[0] == n+1 {
				want, losses = Fate{Lost: true}, losses[1:]
			}
			qt.Assert(t, qt.Equals(dropping.Next(), want))
		}
	}
}

func TestConstantDelay(t *testing.T) {
	stream := NewStream(abi.Rule{Delay: 40e6, Duplicate: abi.One}, 0, 0)
	for range 1000 {
		qt.Assert(t, qt.Equals(stream.Next(), Fate{Delay: 40 * time.Millisecond, Duplicated: true}))
	}
	nothing := NewStream(abi.Rule{}, 0, 0)
	qt.Assert(t, qt.Equals(nothing.Next(), Fate{}))
}

// Mean and standard deviation of both distributions, and the share of duplicates, are within 5.5 standard
// deviations of what is asked for: each by chance otherwise once in 20 million.
func TestDistributions(t *testing.T) {
	const packets = 2_000_000
	for _, test := range []struct {
		distribution        abi.Distribution
		deviation, kurtosis float64
	}{
		{abi.DistributionUniform, 10e6 / math.Sqrt(3), 1.8},
		{abi.DistributionNormal, 10e6, 2.9}, // of a sum of twelve uniform numbers
	} {
		rule := waiting(test.distribution)
		rule.Key = RuleKey(42, 1)
		stream := NewStream(rule, 0, 0)
		var sum, squares, duplicates float64
		for range packets {
			fate := stream.Next()
			x := float64(fate.Delay) - 40e6
			sum, squares = sum+x, squares+x*x
			if fate.Duplicated {
				duplicates++
			}
		}
		mean := sum / packets
		deviation := math.Sqrt(squares/packets - mean*mean)
		near := func(name string, got, want, error float64) {
			qt.Check(t, qt.IsTrue(math.Abs(got-want) < 5.5*error), qt.Commentf("%s of %d: %v, not %v", name, test.distribution, got, want))
		}
		near("mean", mean, 0, test.deviation/math.Sqrt(packets))
		near("deviation", deviation, test.deviation, test.deviation*math.Sqrt((test.kurtosis-1)/4/packets))
		near("duplicates", duplicates/packets, 0.5, 0.5/math.Sqrt(packets))
	}
}
