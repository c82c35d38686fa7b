// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// handoff is the mark in front of a packet, without the hook that decides.
const handoff = 0xd1114a00

// TestXDPMarksPackets has XDP say in front of each packet which hook decides, and decide itself only if that is XDP.
func TestXDPMarksPackets(t *testing.T) {
	loaded := kerneltest.Load(t)
	for _, step := range []struct {
		marking bool
		hook    abi.Hook
		verdict uint32
		counted uint64
	}{
		{false, abi.HookXDP, xdpDrop, 1},
		{true, abi.HookXDP, xdpDrop, 1},
		{true, abi.HookTCIn, xdpPass, 0},
	} {
		loaded.Marking, loaded.Arriving = step.marking, step.hook
		force(loaded, "drop 100%", newSeed(t))
		before := loaded.Totals().Dropped.Packets
		verdict, mark := markOf(t, loaded)
		qt.Check(t, qt.Equals(verdict, step.verdict))
		qt.Check(t, qt.Equals(loaded.Totals().Dropped.Packets-before, step.counted))
		if !step.marking {
			qt.Check(t, qt.Equals(mark, [2]uint32{}))
			continue
		}
		qt.Check(t, qt.Equals(mark, [2]uint32{handoff | uint32(step.hook), loaded.Generation()}))
	}
}

// markOf is the verdict of XDP on a frame and what is in front of it then.
func markOf(t *testing.T, loaded *kerneltest.Loaded) (verdict uint32, mark [2]uint32) {
	t.Helper()
	options := &ebpf.RunOptions{
		Data: frame, DataOut: make([]byte, 256), Context: xdpContext(len(frame)), ContextOut: make([]byte, 24),
	}
	verdict, err := loaded.Program(abi.HookXDP).Run(options)
	qt.Assert(t, qt.IsNil(err))
	if len(options.DataOut) == len(frame) {
		return verdict, mark
	}
	mark[0] = binary.NativeEndian.Uint32(options.DataOut)
	mark[1] = binary.NativeEndian.Uint32(options.DataOut[4:])
	return verdict, mark
}

// TestXDPLeavesWhatItCannotMark has no room for more metadata, as in a driver that has none at all.
func TestXDPLeavesWhatItCannotMark(t *testing.T) {
	loaded := kerneltest.Load(t)
	options := fullOfMetadata(t, loaded)
	loaded.Marking = true
	for _, hook := range []abi.Hook{abi.HookXDP, abi.HookTCIn} {
		loaded.Arriving = hook
		force(loaded, "drop 100%", newSeed(t))
		before := loaded.Totals()
		verdict, err := loaded.Program(abi.HookXDP).Run(options)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(verdict, xdpPass))
		qt.Check(t, qt.Equals(loaded.Totals(), before))
	}
}

// TestTCDecidesUnmarkedPackets has it do so, and count them, only while XDP marks the others. No packet in
// BPF_PROG_TEST_RUN has a mark.
func TestTCDecidesUnmarkedPackets(t *testing.T) {
	loaded := kerneltest.Load(t)
	unspec := int32(tcUnspec)
	for _, hook := range []abi.Hook{abi.HookTCIn, abi.HookTCInL3} {
		for _, marking := range []bool{false, true} {
			loaded.Marking = marking
			force(loaded, "drop 100%", newSeed(t))
			before := loaded.Totals()
			verdict := loaded.RunAt(hook, ethernet().ipv4().udp(1, 2).frame())
			after := loaded.Totals()
			decided := after.Dropped.Packets - before.Dropped.Packets
			qt.Check(t, qt.Equals(after.Unmarked-before.Unmarked, decided))
			if marking {
				qt.Check(t, qt.Equals(verdict, tcStolen))
				qt.Check(t, qt.Equals(decided, 1))
			} else {
				qt.Check(t, qt.Equals(verdict, uint32(unspec)))
				qt.Check(t, qt.Equals(decided, 0))
			}
		}
	}
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
