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
	k := load(t)
	deadline := bootTime(t) + uint64(lease)
	k.put(abi.FaultSet{Deadline: deadline}, drop(1))
	fell := 0
	for bootTime(t) < deadline-uint64(20*time.Millisecond) {
		qt.Assert(t, qt.Equals(k.run(frame), xdpDrop))
		fell++
	}
	qt.Assert(t, qt.IsTrue(fell > 0))
	// Two ticks are 20 ms where a tick is longest, at 100 Hz.
	for bootTime(t) < deadline+uint64(20*time.Millisecond) {
		k.run(frame)
	}
	matched := k.counters(0).Matched.Packets
	for range 1000 {
		qt.Assert(t, qt.Equals(k.run(frame), xdpPass))
	}
	qt.Assert(t, qt.Equals(k.counters(0).Matched.Packets, matched))
}

func TestLeaseIsRenewedInPlace(t *testing.T) {
	k := load(t)
	set := abi.FaultSet{Deadline: 1}
	k.put(set, drop(1))
	qt.Assert(t, qt.Equals(k.run(frame), xdpPass))
	set.Deadline, set.Rules, set.Generation = bootTime(t)+uint64(time.Hour), 1, k.generation
	k.update(k.Sets, k.generation%abi.Banks, set)
	for until := time.Now().Add(20 * time.Millisecond); time.Now().Before(until); {
		k.run(frame)
	}
	qt.Assert(t, qt.Equals(k.run(frame), xdpDrop))
}

// TestFlipLosesNoPacket alternates sets that both drop everything, by different rules, while
// packets come in on another CPU.
func TestFlipLosesNoPacket(t *testing.T) {
	k := load(t)
	narrow := drop(1)
	narrow.LengthFirst, narrow.LengthLast = 64, 64
	other := drop(1)
	other.LengthLast = 63
	k.put(abi.FaultSet{}, drop(1))
	var passed, sent atomic.Int64
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer pin(t, 1)()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if k.run(frame) != xdpDrop {
				passed.Add(1)
			}
			sent.Add(1)
		}
	}()
	for range 500 {
		k.put(abi.FaultSet{}, other, narrow)
		k.put(abi.FaultSet{}, drop(1))
	}
	close(stop)
	<-done
	t.Logf("%d packets during 1000 changes", sent.Load())
	qt.Assert(t, qt.IsTrue(sent.Load() > 1000))
	qt.Assert(t, qt.Equals(passed.Load(), 0))
}

func TestCountersOfTheOldSetStayBehind(t *testing.T) {
	k := load(t)
	k.put(abi.FaultSet{}, drop(1))
	k.repeat(frame, 1000)
	k.put(abi.FaultSet{}, drop(0))
	qt.Assert(t, qt.Equals(k.counters(0), abi.RuleCounters{}))
	k.put(abi.FaultSet{}, drop(0))
	qt.Assert(t, qt.Equals(k.counters(0), abi.RuleCounters{}))
	k.repeat(frame, 10)
	qt.Assert(t, qt.Equals(k.counters(0).Matched.Packets, 10))
	qt.Assert(t, qt.Equals(k.totals().Dropped.Packets, 1000))
}
