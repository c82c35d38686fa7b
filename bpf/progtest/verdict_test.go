// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math"
	"runtime"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// XDP verdicts, of linux/bpf.h.
const (
	xdpDrop = 1
	xdpPass = 2
)

// sigmas is how far from its mean a normal variable is less than once in a million times.
const sigmas = 5

// frame is a packet where it does not matter which.
var frame = make([]byte, 64)

func TestNothingInForcePassesAll(t *testing.T) {
	loaded := kerneltest.Load(t)
	for range 100 {
		qt.Assert(t, qt.Equals(loaded.Run(frame), xdpPass))
	}
	sum := loaded.Totals()
	qt.Assert(t, qt.Equals(sum.Passed, abi.Tally{Packets: 100, Bytes: 6400}))
	qt.Assert(t, qt.Equals(sum.Dropped, abi.Tally{}))
}

func TestNoneAndAll(t *testing.T) {
	loaded := kerneltest.Load(t)
	for _, share := range []float64{0, 1} {
		loaded.Put(abi.FaultSet{}, keyed(newSeed(t), drop(share)))
		loaded.Repeat(frame, 1_000_000)
		sum := loaded.Counters(0)
		qt.Assert(t, qt.Equals(sum.Matched, abi.Tally{Packets: 1_000_000, Bytes: 64_000_000}))
		qt.Assert(t, qt.Equals(sum.Dropped.Packets, uint64(share*1_000_000)))
	}
}

// TestShareIsWhatWasAsked holds the share of dropped packets against the binomial distribution.
func TestShareIsWhatWasAsked(t *testing.T) {
	const packets = 1_000_000
	loaded := kerneltest.Load(t)
	for _, share := range []float64{0.001, 0.05, 0.5, 0.999} {
		loaded.Put(abi.FaultSet{}, keyed(newSeed(t), drop(share)))
		loaded.Repeat(frame, packets)
		got := float64(loaded.Counters(0).Dropped.Packets)
		bound := sigmas * math.Sqrt(packets*share*(1-share))
		qt.Assert(t, qt.IsTrue(math.Abs(got-packets*share) <= bound),
			qt.Commentf("share %v: %v dropped of %d, allowed is %v more or less than %v", share, got, packets, bound, packets*share))
	}
}

// TestEveryPacketIsCountedOnce sends from all CPUs at once.
func TestEveryPacketIsCountedOnce(t *testing.T) {
	const packets = 200_000
	for _, reader := range []bool{false, true} {
		loaded := kerneltest.Load(t)
		loaded.Put(abi.FaultSet{Snaplen: 96}, keyed(newSeed(t), drop(0.5)))
		if reader {
			attachReader(t, loaded.Maps[abi.OutputMap])
		}
		repeatOnCPUs(loaded, runtime.NumCPU(), frame, packets)
		sum, rule := loaded.Totals(), loaded.Counters(0)
		sent := uint64(packets * runtime.NumCPU())
		qt.Assert(t, qt.Equals(sum.Passed.Packets+sum.Dropped.Packets, sent))
		qt.Assert(t, qt.Equals(sum.Passed.Bytes+sum.Dropped.Bytes, 64*sent))
		qt.Assert(t, qt.Equals(rule.Matched, abi.Tally{Packets: sent, Bytes: 64 * sent}))
		qt.Assert(t, qt.Equals(rule.Dropped, sum.Dropped))
		qt.Assert(t, qt.Equals(sum.Events+sum.NoReader+sum.RingFull+sum.Failed, 2*sum.Reported))
	}
}

func TestEachCPUHasItsOwnLuck(t *testing.T) {
	loaded := kerneltest.Load(t)
	verdicts := make([]string, runtime.NumCPU())
	loaded.Put(abi.FaultSet{}, keyed(newSeed(t), drop(0.5)))
	for cpu := range verdicts {
		leave := onCPU(t, cpu)
		for range 64 {
			verdicts[cpu] += string('0' + rune(loaded.Run(frame)))
		}
		leave()
	}
	for cpu := range verdicts[1:] {
		qt.Assert(t, qt.Not(qt.Equals(verdicts[cpu+1], verdicts[0])))
	}
}

func TestShadowDropsNothing(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Shadow: 1}, drop(1))
	for range 100 {
		qt.Assert(t, qt.Equals(loaded.Run(frame), xdpPass))
	}
	qt.Assert(t, qt.Equals(loaded.Totals().Dropped.Packets, 100))
	qt.Assert(t, qt.Equals(loaded.Counters(0).Dropped.Packets, 100))
}
