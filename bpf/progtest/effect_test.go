// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
)

// What tc_out leaves in a packet for the programs after it, and where in struct __sk_buff.
const (
	markOffset    = 48             // cb[0]
	releaseOffset = markOffset + 4 // cb[1] and cb[2]
	timeOffset    = 152            // tstamp
	contextSize   = 192

	waits      = 0xd1110001
	waitsTwice = 0xd1110003
)

// told is what a packet says that has come by tc_out.
type told struct {
	verdict uint32
	mark    uint32
	release time.Duration // of CLOCK_MONOTONIC
}

func askTCOut(t *testing.T, loaded *kerneltest.Loaded, data []byte) told {
	t.Helper()
	context := make([]byte, contextSize)
	verdict, err := loaded.Program(abi.HookTCOut).Run(&ebpf.RunOptions{Data: data, ContextOut: context})
	qt.Assert(t, qt.IsNil(err))
	return told{
		verdict: verdict,
		mark:    binary.NativeEndian.Uint32(context[markOffset:]),
		release: releaseIn(context),
	}
}

// releaseIn is the time in cb, the lower half first.
func releaseIn(context []byte) time.Duration {
	low := binary.NativeEndian.Uint32(context[releaseOffset:])
	return time.Duration(uint64(binary.NativeEndian.Uint32(context[releaseOffset+4:]))<<32 | uint64(low))
}

// TestReleaseTimeOfAnyFrame has the program at the ifb hand the time to the queue, whatever the frame is. What is not
// marked is left alone.
func TestReleaseTimeOfAnyFrame(t *testing.T) {
	loaded := kerneltest.Load(t)
	const at = uint64(0x12345678_9abcdef0)
	for _, frame := range lengthTable {
		for _, mark := range []uint32{waits, 0, 0xd1110000} {
			in, out := make([]byte, contextSize), make([]byte, contextSize)
			binary.NativeEndian.PutUint32(in[markOffset:], mark)
			binary.NativeEndian.PutUint32(in[releaseOffset:], uint32(at&0xffffffff))
			binary.NativeEndian.PutUint32(in[releaseOffset+4:], uint32(at>>32))
			options := &ebpf.RunOptions{Data: frame.bytes, Context: in, ContextOut: out}
			verdict, err := loaded.Named(abi.DuplicateProgram).Run(options)
			qt.Assert(t, qt.IsNil(err))
			unspec := int32(tcUnspec)
			qt.Check(t, qt.Equals(verdict, uint32(unspec)))
			want := uint64(0)
			if mark == waits {
				want = at
			}
			qt.Check(t, qt.Equals(binary.NativeEndian.Uint64(out[timeOffset:]), want), qt.Commentf("%s", frame.is))
		}
	}
}

func monotonic(t *testing.T) time.Duration {
	t.Helper()
	var now unix.Timespec
	qt.Assert(t, qt.IsNil(unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)))
	return time.Duration(now.Nano())
}

// effects are faults with what is drawn for a packet, in each scope.
var effects = []string{
	"delay 40ms out",
	"delay 40ms jitter 10ms out",
	"delay 40ms jitter 10ms normal out",
	"duplicate 30% out",
	"drop 30% burst 4 delay 40ms jitter 40ms duplicate 10% out",
	"drop every 3 delay 5ms jitter 1ms normal out",
	"drop first 7 duplicate 50% out",
	"delay 40ms jitter 10ms out per flow",
	"delay 1s jitter 1s normal duplicate 50% out per peer",
	"drop 10% delay 40ms jitter 10ms duplicate 50% out overall",
	"drop gemodel 5% 20% 70% 0.5% delay 5ms jitter 1ms out per flow",
	"drop 40% of flows delay 40ms jitter 10ms out",
}

// TestEffectsAreThoseOfTheModel holds what is said of each packet against the model. When it goes on is the delay
// later than some time between before and after the run.
func TestEffectsAreThoseOfTheModel(t *testing.T) {
	const packets = 2_000
	loaded := kerneltest.Load(t)
	defer onCPU(t, 0)()
	for _, text := range effects {
		seed := newSeed(t)
		rule := force(loaded, text, seed)
		data := randomUDP(rand.New(rand.NewPCG(seed, 0)))
		stream := flowStream(rule, data)
		var want abi.RuleCounters
		for n := range packets {
			fate := stream.Next()
			before := monotonic(t)
			checkFate(t, askTCOut(t, loaded, data), fate, before, monotonic(t))
			count(&want, fate)
			if t.Failed() {
				t.Fatalf("%s, packet %d", text, n)
			}
		}
		got := loaded.Counters(0)
		for i, sum := range []uint64{got.Delayed, got.Delay, got.Duplicated, got.Dropped.Packets} {
			qt.Check(t, qt.Equals(sum, []uint64{want.Delayed, want.Delay, want.Duplicated, want.Dropped.Packets}[i]), qt.Commentf("%s", text))
		}
	}
}

// count counts a packet as the program should.
func count(counters *abi.RuleCounters, fate model.Fate) {
	switch {
	case fate.Lost:
		counters.Dropped.Packets++
		return
	case fate.Duplicated:
		counters.Duplicated++
	}
	if fate.Delay > 0 {
		counters.Delayed++
		counters.Delay += uint64(fate.Delay)
	}
}

func checkFate(t *testing.T, packet told, fate model.Fate, before, after time.Duration) {
	t.Helper()
	if fate.Lost {
		qt.Check(t, qt.Equals(packet.verdict, tcStolen))
		return
	}
	unspec := int32(tcUnspec)
	qt.Check(t, qt.Equals(packet.verdict, uint32(unspec)))
	mark := uint32(0)
	switch {
	case fate.Duplicated:
		mark = waitsTwice
	case fate.Delay > 0:
		mark = waits
	}
	qt.Check(t, qt.Equals(packet.mark, mark))
	if mark != 0 {
		qt.Check(t, qt.IsTrue(packet.release >= before+fate.Delay && packet.release <= after+fate.Delay),
			qt.Commentf("released %v after the run began, asked for %v", packet.release-before, fate.Delay))
	}
}

// TestRateTakesTurns sends faster than the rate: each packet goes when the one before it has gone, and none is
// let in that would have to wait for longer than the queue is long.
func TestRateTakesTurns(t *testing.T) {
	const length, queue, turn = 1250, 50 * time.Millisecond, 10 * time.Millisecond // at 1 Mbit/s
	loaded := kerneltest.Load(t)
	data := ethernet().ipv4().udp(1, 2).frame()
	data = append(data, make([]byte, length-len(data))...)
	for _, scope := range []string{"", " per flow", " per peer"} {
		force(loaded, "rate 1mbit queue 50ms out"+scope, newSeed(t))
		free, lost := time.Duration(0), uint64(0)
		for range 1000 {
			before := monotonic(t)
			packet := askTCOut(t, loaded, data)
			after := monotonic(t)
			if packet.verdict == tcStolen {
				qt.Check(t, qt.IsTrue(free > before+queue), qt.Commentf("there was room%s", scope))
				lost++
				continue
			}
			qt.Check(t, qt.IsTrue(packet.release >= free+turn && packet.release >= before+turn))
			qt.Check(t, qt.IsTrue(packet.release <= max(free, after)+turn && packet.release <= after+queue+turn))
			free = packet.release
		}
		got, sum := loaded.Counters(0), loaded.TotalsOf(abi.DirectionOut)
		qt.Check(t, qt.IsTrue(lost > 0))
		qt.Check(t, qt.Equals(got.QueueDropped, lost))
		qt.Check(t, qt.Equals(got.Delayed, 1000-lost))
		qt.Check(t, qt.Equals(sum.Passed.Packets+sum.QueueDropped.Packets, sum.Delayed+sum.QueueDropped.Packets))
	}
}

// TestShadowMakesNothingWait counts what would be done.
func TestShadowMakesNothingWait(t *testing.T) {
	loaded := kerneltest.Load(t)
	set, rules := encode(t, "delay 40ms duplicate 100% out", newSeed(t))
	set.Shadow = 1
	loaded.Put(set, rules...)
	packet := askTCOut(t, loaded, frame)
	qt.Check(t, qt.Equals(packet.mark, 0))
	qt.Check(t, qt.Equals(packet.release, 0))
	qt.Check(t, qt.Equals(loaded.Counters(0).Delay, 40e6))
	qt.Check(t, qt.Equals(loaded.Counters(0).Duplicated, 1))
}

// TestShadowCountsWhatArrives has XDP count what would wait, for which nothing is attached to tc in shadow mode.
func TestShadowCountsWhatArrives(t *testing.T) {
	loaded := kerneltest.Load(t)
	set, rules := encode(t, "drop every 2 delay 40ms duplicate 100%", newSeed(t))
	set.Shadow = 1
	loaded.Put(set, rules...)
	for range 10 {
		qt.Check(t, qt.Equals(loaded.Run(frame), xdpPass))
	}
	got := loaded.Counters(0)
	qt.Check(t, qt.Equals(got.Dropped.Packets, 5))
	qt.Check(t, qt.Equals(got.Delayed, 5))
	qt.Check(t, qt.Equals(got.Delay, 5*40e6))
	qt.Check(t, qt.Equals(got.Duplicated, 5))
}

// TestXDPCountsWhatItCannotDelay has XDP decide by a fault that delays, as it may between two writes of those who
// change the faults: nothing waits then, and nothing is counted as delayed.
func TestXDPCountsWhatItCannotDelay(t *testing.T) {
	loaded := kerneltest.Load(t)
	for text, undelayed := range map[string]uint64{"delay 40ms": 10, "rate 1mbit": 10, "duplicate 100%": 0, "drop every 2 delay 40ms": 5} {
		before := loaded.Totals().Undelayed
		force(loaded, text, newSeed(t))
		for range 10 {
			loaded.Run(frame)
		}
		got := loaded.Counters(0)
		qt.Check(t, qt.Equals(got.Undelayed, undelayed), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(loaded.Totals().Undelayed-before, undelayed), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(got.Delayed+got.Delay+got.Duplicated, 0), qt.Commentf("%s", text))
	}
}
