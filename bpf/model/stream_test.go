// SPDX-License-Identifier: MIT

package model

import (
	"math"
	"net/netip"
	"testing"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"
)

// drops are the numbers, from 1, of the packets that are dropped among the first of the stream.
func drops(stream *Stream, packets int) []int {
	var numbers []int
	for n := range packets {
		if stream.Next().Lost {
			numbers = append(numbers, n+1)
		}
	}
	return numbers
}

var (
	udp4 = NewPacket(protoUDP, netip.MustParseAddrPort("10.0.0.1:5000"), netip.MustParseAddrPort("10.0.0.2:53")).Flow(abi.ScopeFlow)
	tcp6 = NewPacket(protoTCP, netip.MustParseAddrPort("[2001:db8::1]:40000"), netip.MustParseAddrPort("[2001:db8::2]:443")).Flow(abi.ScopeFlow)
	icmp = NewPacket(protoICMP, netip.MustParseAddrPort("10.0.0.1:0"), netip.MustParseAddrPort("10.0.0.2:0")).Flow(abi.ScopeFlow)
)

func percent(share float64) uint64 { return uint64(math.Round(share / 100 * abi.One)) }

// dropping is a rule of the first fault of a set with seed 42.
func dropping(change func(*abi.Rule)) abi.Rule {
	rule := abi.Rule{Action: abi.ActionDrop, Key: RuleKey(42, 1)}
	change(&rule)
	return rule
}

var (
	independent = dropping(func(r *abi.Rule) { r.Good = percent(10) })
	burst       = dropping(func(r *abi.Rule) { // 20 % in bursts of 3
		r.Process, r.P, r.R, r.Bad, r.Start = abi.ProcessBurst, percent(25./3), percent(100./3), abi.One, percent(20)
	})
	gemodel = dropping(func(r *abi.Rule) {
		r.Process, r.Scope = abi.ProcessGEModel, abi.ScopeFlow
		r.P, r.R, r.Bad, r.Good = percent(10), percent(30), percent(80), percent(1)
	})
	burstPerFlow = dropping(func(r *abi.Rule) { *r = burst; r.Scope = abi.ScopeFlow })
)

// The numbers come from a program of some thirty lines of another language, written from the
// contract alone.
func TestDropsAreThoseOfTheContract(t *testing.T) {
	for _, test := range []struct {
		name   string
		stream *Stream
		want   []int
	}{
		{"independent", NewStream(independent, 0, 0), []int{4, 14, 26, 47, 52}},
		{"burst", NewStream(burst, 3, 0), []int{6, 20, 21, 28, 29, 30, 31, 36, 37, 40, 41, 42, 43}},
		{"gemodel", NewStream(gemodel, 0, udp4), []int{18, 19, 26, 27, 33, 35, 48, 49}},
		{"burst per flow", NewStream(burstPerFlow, 0, tcp6), []int{46, 47, 56, 57, 58, 59}},
	} {
		qt.Check(t, qt.DeepEquals(drops(test.stream, 60), test.want), qt.Commentf("%s", test.name))
	}
}

func TestFlowsAreDroppedWhole(t *testing.T) {
	// The draws of the three flows are 23.1, 44.6 and 19.2 %.
	for _, test := range []struct {
		share            float64
		udp4, tcp6, icmp bool
	}{{15, false, false, false}, {20, false, false, true}, {30, true, false, true}, {50, true, true, true}} {
		rule := dropping(func(r *abi.Rule) {
			r.Process, r.Scope, r.Good = abi.ProcessFlows, abi.ScopeFlow, percent(test.share)
		})
		for flow, dropped := range map[uint64]bool{udp4: test.udp4, tcp6: test.tcp6, icmp: test.icmp} {
			want := map[bool]int{true: 50, false: 0}[dropped]
			qt.Check(t, qt.HasLen(drops(NewStream(rule, 0, flow), 50), want))
		}
	}
}

func TestDropsByCount(t *testing.T) {
	every := dropping(func(r *abi.Rule) { r.Process, r.Scope, r.Period = abi.ProcessEvery, abi.ScopeAll, 7 })
	qt.Check(t, qt.DeepEquals(drops(NewStream(every, 0, 0), 22), []int{7, 14, 21}))
	first := dropping(func(r *abi.Rule) { r.Process, r.Scope, r.Period = abi.ProcessFirst, abi.ScopeAll, 3 })
	qt.Check(t, qt.DeepEquals(drops(NewStream(first, 0, 0), 22), []int{1, 2, 3}))
	never := dropping(func(r *abi.Rule) { r.Process, r.Scope = abi.ProcessEvery, abi.ScopeAll })
	qt.Check(t, qt.HasLen(drops(NewStream(never, 0, 0), 22), 0))
}

func TestAllOrNone(t *testing.T) {
	all := dropping(func(r *abi.Rule) { r.Good = abi.One })
	qt.Check(t, qt.HasLen(drops(NewStream(all, 0, 0), 10_000), 10_000))
	none := dropping(func(r *abi.Rule) {})
	qt.Check(t, qt.HasLen(drops(NewStream(none, 0, 0), 10_000), 0))
	pass := all
	pass.Action = abi.ActionPass
	qt.Check(t, qt.HasLen(drops(NewStream(pass, 0, 0), 10_000), 0))
}

// The scope says what makes a stream: the rest must not matter.
func TestScopes(t *testing.T) {
	first := func(rule abi.Rule, cpu int, flow uint64) []int { return drops(NewStream(rule, cpu, flow), 1000) }
	qt.Check(t, qt.DeepEquals(first(burst, 1, udp4), first(burst, 1, tcp6)))
	qt.Check(t, qt.Not(qt.DeepEquals(first(burst, 1, 0), first(burst, 2, 0))))
	qt.Check(t, qt.DeepEquals(first(burstPerFlow, 1, udp4), first(burstPerFlow, 2, udp4)))
	qt.Check(t, qt.Not(qt.DeepEquals(first(burstPerFlow, 1, udp4), first(burstPerFlow, 1, tcp6))))
	second := burstPerFlow
	second.Key = RuleKey(42, 2)
	qt.Check(t, qt.Not(qt.DeepEquals(first(burstPerFlow, 1, udp4), first(second, 1, udp4))))
}

// Of short flows the share asked for is dropped, too, since a burst may have begun before them: the
// nth packets of 200,000 flows are dropped within 5.5 standard deviations of 20 %, by chance once in
// 10 million.
func TestBurstsBeginAnywhere(t *testing.T) {
	const flows = 200_000
	var dropped [3]float64
	for flow := range uint64(flows) {
		stream := NewStream(burstPerFlow, 0, mix64(flow))
		for n := range dropped {
			if stream.Next().Lost {
				dropped[n]++
			}
		}
	}
	for n, count := range dropped {
		bound := 5.5 * math.Sqrt(0.2*0.8/flows)
		qt.Check(t, qt.IsTrue(math.Abs(count/flows-0.2) < bound), qt.Commentf("packet %d: %v of %d", n+1, count, flows))
	}
}
