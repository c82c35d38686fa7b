// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// bootTime is CLOCK_BOOTTIME in ns.
func bootTime(tb testing.TB) uint64 {
	tb.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		tb.Fatal(err)
	}
	return uint64(now.Nano())
}

func TestLeaseEndsByItself(t *testing.T) {
	const lease = 300 * time.Millisecond
	loaded := kerneltest.Load(t)
	deadline := bootTime(t) + uint64(lease)
	loaded.Put(abi.FaultSet{Deadline: deadline}, drop(1))
	dropped := 0
	// What was decided before the deadline is known only afterwards: this process may have to wait for its turn.
	for verdict := loaded.Run(frame); bootTime(t) < deadline; verdict = loaded.Run(frame) {
		qt.Assert(t, qt.Equals(verdict, xdpDrop))
		dropped++
	}
	t.Logf("%d dropped", dropped)
	// Two ticks are 20 ms where a tick is longest, at 100 Hz.
	for bootTime(t) < deadline+uint64(20*time.Millisecond) {
		loaded.Run(frame)
	}
	matched := loaded.Counters(0).Matched.Packets
	for range 1000 {
		qt.Assert(t, qt.Equals(loaded.Run(frame), xdpPass))
	}
	qt.Assert(t, qt.Equals(loaded.Counters(0).Matched.Packets, matched))
}

func TestLeaseIsRenewedInPlace(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Deadline: 1}, drop(1))
	qt.Assert(t, qt.Equals(loaded.Run(frame), xdpPass))
	var set abi.FaultSet
	qt.Assert(t, qt.IsNil(loaded.Maps[abi.SetsMap].Lookup(loaded.Bank(), &set)))
	set.Deadline = bootTime(t) + uint64(time.Hour)
	loaded.Set(abi.SetsMap, loaded.Bank(), set)
	for until := time.Now().Add(20 * time.Millisecond); time.Now().Before(until); {
		loaded.Run(frame)
	}
	qt.Assert(t, qt.Equals(loaded.Run(frame), xdpDrop))
}

// While a bank is being written, which its set does not belong to yet, the last whole one decides.
func TestHalfWrittenBankIsNotUsed(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{}, drop(1))
	loaded.Put(abi.FaultSet{}, drop(1))
	qt.Assert(t, qt.Equals(loaded.Run(frame), xdpDrop))
	const next = 3
	loaded.Set(abi.RulesMap, next%abi.Banks*abi.MaxRules, drop(0))
	loaded.Set(abi.ControlMap, 0, abi.Control{ABI: abi.Version, Generation: next})
	qt.Assert(t, qt.Equals(loaded.Run(frame), xdpDrop))
	loaded.Set(abi.SetsMap, next%abi.Banks, abi.FaultSet{Generation: next, Rules: 1})
	qt.Assert(t, qt.Equals(loaded.Run(frame), xdpPass))
}

// TestFlipLosesNoPacket alternates sets that both drop everything, by different rules, as fast as it
// can while packets come in on another CPU as fast as they can.
func TestFlipLosesNoPacket(t *testing.T) {
	const changes, packets = 5_000, 100_000
	loaded := kerneltest.Load(t)
	narrow := drop(1)
	narrow.LengthFirst, narrow.LengthLast = 64, 64
	other := drop(1)
	other.LengthLast = 63
	loaded.Put(abi.FaultSet{}, drop(1))
	var sent atomic.Int64
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer onCPU(t, 1)()
		for {
			select {
			case <-stop:
				return
			default:
			}
			loaded.Repeat(frame, 1000)
			sent.Add(1000)
		}
	}()
	for changed := 0; changed < changes || sent.Load() < packets; changed += 2 {
		loaded.Put(abi.FaultSet{}, other, narrow)
		loaded.Put(abi.FaultSet{}, drop(1))
	}
	close(stop)
	<-done
	qt.Assert(t, qt.Equals(loaded.Totals().Passed.Packets, 0))
	qt.Assert(t, qt.Equals(loaded.Totals().Dropped.Packets, uint64(sent.Load())))
}

func TestCountersOfTheOldSetStayBehind(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{}, drop(1))
	loaded.Repeat(frame, 1000)
	loaded.Put(abi.FaultSet{}, drop(0))
	qt.Assert(t, qt.Equals(loaded.Counters(0), abi.RuleCounters{}))
	loaded.Put(abi.FaultSet{}, drop(0))
	qt.Assert(t, qt.Equals(loaded.Counters(0), abi.RuleCounters{}))
	loaded.Repeat(frame, 10)
	qt.Assert(t, qt.Equals(loaded.Counters(0).Matched.Packets, 10))
	qt.Assert(t, qt.Equals(loaded.Totals().Dropped.Packets, 1000))
}
