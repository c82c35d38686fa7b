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

// What tc_out leaves in a packet for the filter after it, and where in struct __sk_buff.
const (
	markOffset  = 48 // cb[0]
	timeOffset  = 152
	contextSize = 192

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
		release: time.Duration(binary.NativeEndian.Uint64(context[timeOffset:])),
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

// TestXDPKeepsWhatItCannotLeave has no room for more metadata, as in a driver that has none at all.
func TestXDPKeepsWhatItCannotLeave(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Arriving = abi.HookTCIn
	options := fullOfMetadata(t, loaded)
	force(loaded, "drop every 2 delay 40ms", newSeed(t)) // which has not seen that one
	before := loaded.Totals().NotLeft
	for n := range 4 {
		verdict, err := loaded.Program(abi.HookXDP).Run(options)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(verdict, []uint32{xdpPass, xdpDrop}[n%2]))
	}
	qt.Check(t, qt.Equals(loaded.Totals().NotLeft-before, 4))
	qt.Check(t, qt.Equals(loaded.Counters(0).Delayed, 0))
}

// TestXDPLeavesPacketsToTC has XDP say so in front of the packet, and decide nothing. What it has not left to tc
// is not decided there.
func TestXDPLeavesPacketsToTC(t *testing.T) {
	loaded := kerneltest.Load(t)
	force(loaded, "drop 100%", newSeed(t))
	qt.Check(t, qt.Equals(loaded.Run(frame), xdpDrop))
	before := loaded.Totals()
	unspec := int32(tcUnspec)
	qt.Check(t, qt.Equals(loaded.RunAt(abi.HookTCIn, frame), uint32(unspec)))
	qt.Check(t, qt.Equals(loaded.Totals(), before))

	loaded.Arriving = abi.HookTCIn
	force(loaded, "drop 100%", newSeed(t))
	out, context := make([]byte, 256), make([]byte, 24)
	options := &ebpf.RunOptions{Data: frame, DataOut: out, Context: xdpContext(len(frame)), ContextOut: context}
	verdict, err := loaded.Program(abi.HookXDP).Run(options)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(verdict, xdpPass))
	qt.Check(t, qt.Equals(binary.NativeEndian.Uint64(options.DataOut), 0xd111face0000d111))
	qt.Check(t, qt.Equals(loaded.Totals(), before))
}

// fullOfMetadata is a frame that has as much of it as this kernel allows: 216 bytes, before which there is no room, or
// 32, which older ones have as their limit.
func fullOfMetadata(t *testing.T, loaded *kerneltest.Loaded) *ebpf.RunOptions {
	var err error
	for _, metadata := range []int{216, 32} {
		context := xdpContext(metadata + len(frame))
		binary.NativeEndian.PutUint32(context, uint32(metadata))
		options := &ebpf.RunOptions{Data: append(make([]byte, metadata), frame...), Context: context}
		if _, err = loaded.Program(abi.HookXDPL3).Run(options); err == nil {
			return options
		}
	}
	t.Fatal(err)
	return nil
}

// xdpContext is a struct xdp_md for a frame of that many bytes: data and data_end, then data_meta, the index
// of the device and its queue, and the device that it goes to.
func xdpContext(length int) []byte {
	context := make([]byte, 24)
	binary.NativeEndian.PutUint32(context[4:], uint32(length))
	return context
}
