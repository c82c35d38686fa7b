// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/model"
)

// sigmas is how far from its mean a normal variable is less than once in a million times.
const sigmas = 5

var frame = make([]byte, 64)

// newSeed is a seed for a statistical test, which it prints.
func newSeed(tb testing.TB) uint64 {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %d", seed)
	return seed
}

// key is the key of a rule's random numbers for the user's first fault.
func key(seed uint64, rule abi.Rule) abi.Rule {
	rule.Key = model.RuleKey(seed, 1)
	return rule
}

func TestNothingInForcePassesAll(t *testing.T) {
	k := load(t)
	for range 100 {
		qt.Assert(t, qt.Equals(k.run(frame), xdpPass))
	}
	sum := k.totals()
	qt.Assert(t, qt.Equals(sum.Passed, abi.Tally{Packets: 100, Bytes: 6400}))
	qt.Assert(t, qt.Equals(sum.Dropped, abi.Tally{}))
}

func TestNoneAndAll(t *testing.T) {
	k := load(t)
	for _, share := range []float64{0, 1} {
		k.put(abi.FaultSet{}, key(newSeed(t), drop(share)))
		k.repeat(frame, 1_000_000)
		sum := k.counters(0)
		qt.Assert(t, qt.Equals(sum.Matched, abi.Tally{Packets: 1_000_000, Bytes: 64_000_000}))
		qt.Assert(t, qt.Equals(sum.Dropped.Packets, uint64(share*1_000_000)))
	}
}

// TestLossIsWhatWasAsked holds the share of dropped packets against the binomial distribution.
func TestLossIsWhatWasAsked(t *testing.T) {
	const packets = 1_000_000
	k := load(t)
	for _, share := range []float64{0.001, 0.05, 0.5, 0.999} {
		k.put(abi.FaultSet{}, key(newSeed(t), drop(share)))
		k.repeat(frame, packets)
		got := float64(k.counters(0).Dropped.Packets)
		bound := sigmas * math.Sqrt(packets*share*(1-share))
		qt.Assert(t, qt.IsTrue(math.Abs(got-packets*share) <= bound),
			qt.Commentf("share %v: %v dropped of %d, allowed is %v more or less than %v", share, got, packets, bound, packets*share))
	}
}

// TestEveryPacketIsCountedOnce sends from all CPUs at once.
func TestEveryPacketIsCountedOnce(t *testing.T) {
	const packets = 200_000
	for _, reader := range []bool{false, true} {
		k := load(t)
		k.put(abi.FaultSet{Snaplen: 96}, key(newSeed(t), drop(0.5)))
		if reader {
			attachReader(t, k.Output)
		}
		var all sync.WaitGroup
		for cpu := range runtime.NumCPU() {
			all.Go(func() {
				defer pin(t, cpu)()
				k.repeat(frame, packets)
			})
		}
		all.Wait()
		sum, rule := k.totals(), k.counters(0)
		sent := uint64(packets * runtime.NumCPU())
		qt.Assert(t, qt.Equals(sum.Passed.Packets+sum.Dropped.Packets, sent))
		qt.Assert(t, qt.Equals(sum.Passed.Bytes+sum.Dropped.Bytes, 64*sent))
		qt.Assert(t, qt.Equals(rule.Matched, abi.Tally{Packets: sent, Bytes: 64 * sent}))
		qt.Assert(t, qt.Equals(rule.Dropped, sum.Dropped))
		qt.Assert(t, qt.Equals(sum.Events+sum.NoReader+sum.RingFull+sum.Failed, 2*sum.Reported))
	}
}

func TestEachCPUHasItsOwnLuck(t *testing.T) {
	k := load(t)
	fates := make([]string, runtime.NumCPU())
	k.put(abi.FaultSet{}, key(newSeed(t), drop(0.5)))
	for cpu := range fates {
		unpin := pin(t, cpu)
		for range 64 {
			fates[cpu] += string('0' + rune(k.run(frame)))
		}
		unpin()
	}
	for cpu := range fates[1:] {
		qt.Assert(t, qt.Not(qt.Equals(fates[cpu+1], fates[0])))
	}
}

func TestShadowDropsNothing(t *testing.T) {
	k := load(t)
	k.put(abi.FaultSet{Shadow: 1}, drop(1))
	for range 100 {
		qt.Assert(t, qt.Equals(k.run(frame), xdpPass))
	}
	qt.Assert(t, qt.Equals(k.totals().Dropped.Packets, 100))
	qt.Assert(t, qt.Equals(k.counters(0).Dropped.Packets, 100))
}
