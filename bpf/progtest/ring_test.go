// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
)

// txRing is a PACKET_TX_RING of one frame. Of a frame sent by it only the Ethernet header can be read at
// once at tc: the rest lies in the ring.
type txRing struct {
	tb    testing.TB
	fd    int
	frame []byte // the header, and what is sent
}

const (
	ringFrame  = 1 << 14
	ringHeader = 32 // struct tpacket2_hdr, aligned
)

func openRing(tb testing.TB, device netlink.Link) *txRing {
	tb.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(func() { unix.Close(fd) })
	qt.Assert(tb, qt.IsNil(unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2)))
	request := unix.TpacketReq{Block_size: ringFrame, Block_nr: 1, Frame_size: ringFrame, Frame_nr: 1}
	qt.Assert(tb, qt.IsNil(unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_TX_RING, &request)))
	frame, err := unix.Mmap(fd, 0, ringFrame, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(func() { unix.Munmap(frame) })
	qt.Assert(tb, qt.IsNil(unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: device.Attrs().Index})))
	return &txRing{tb, fd, frame}
}

// send returns once the frame has left.
func (r *txRing) send(frame []byte) {
	r.tb.Helper()
	copy(r.frame[ringHeader:], frame)
	binary.NativeEndian.PutUint32(r.frame[4:], uint32(len(frame)))
	binary.NativeEndian.PutUint32(r.frame, unix.TP_STATUS_SEND_REQUEST)
	qt.Assert(r.tb, qt.IsNil(unix.Sendto(r.fd, nil, 0, nil)))
	qt.Assert(r.tb, qt.Equals(binary.NativeEndian.Uint32(r.frame), unix.TP_STATUS_AVAILABLE))
}

// left is all that has come to the hook at what leaves.
func left(loaded *kerneltest.Loaded) abi.Tally {
	loaded.TB.Helper()
	sum := loaded.TotalsOf(abi.DirectionOut)
	return abi.Tally{Packets: sum.Passed.Packets + sum.Dropped.Packets, Bytes: sum.Passed.Bytes + sum.Dropped.Bytes}
}

// sentAs sends by a ring and is the index of the rule that counts the frame, or -1. So many bytes of it were counted.
func sentAs(loaded *kerneltest.Loaded, ring *txRing, frame []byte, length int) int {
	loaded.TB.Helper()
	rules, before := matched(loaded), left(loaded)
	ring.send(frame)
	want := abi.Tally{Packets: before.Packets + 1, Bytes: before.Bytes + uint64(length)}
	qt.Check(loaded.TB, qt.Equals(left(loaded), want))
	for i, count := range matched(loaded) {
		if count != rules[i] {
			return i
		}
	}
	return -1
}

// TestPacketsOfARingMatchTheirRule sends the table by a ring: what a rule asks for is brought in.
func TestPacketsOfARingMatchTheirRule(t *testing.T) {
	loaded := kerneltest.Load(t)
	matchRules(loaded, abi.HookTCOut)
	enterQuietNamespace(t)
	device, _ := addVeth(t, jumboMTU)
	addOut(t, device, loaded.Program(abi.HookTCOut))
	ring := openRing(t, device)
	for _, packet := range packetTable {
		got := sentAs(loaded, ring, packet.bytes, int(model.Classify(packet.bytes).Length))
		qt.Check(t, qt.Equals(got, slices.Index(matches[:], packet.match)), qt.Commentf("%s", packet.is))
	}
}

// TestTaggedPacketsOfARing sends the table with a tag more on each, which is not in the frame at tc, but beside it. To a
// rule that makes no difference.
func TestTaggedPacketsOfARing(t *testing.T) {
	loaded := kerneltest.Load(t)
	rules := matchRules(loaded, abi.HookTCOut)
	enterQuietNamespace(t)
	device, _ := addVeth(t, jumboMTU)
	addTag(t, device)
	addOut(t, device, loaded.Program(abi.HookTCOut))
	ring := openRing(t, device)
	for _, packet := range packetTable {
		tagged := slices.Concat(packet.bytes[:12], []byte{0x81, 0x00, 0, 7}, packet.bytes[12:])
		got := sentAs(loaded, ring, packet.bytes, int(model.Classify(tagged).Length))
		qt.Check(t, qt.Equals(got, model.Match(rules, model.Classify(tagged))), qt.Commentf("%s", packet.is))
	}
}

// TestTaggedPacketsAreReported does so with a snaplen around the length of the frame, which the tag is not part of.
func TestTaggedPacketsAreReported(t *testing.T) {
	loaded := kerneltest.Load(t)
	enterQuietNamespace(t)
	device, _ := addVeth(t, jumboMTU)
	addTag(t, device)
	addOut(t, device, loaded.Program(abi.HookTCOut))
	ring := openRing(t, device)
	dns := ethernet().ipv4().udp(4096, 53, query...).frame()
	defer onCPU(t, 0)()
	for _, snaplen := range []int{0, 1, len(dns) - 1, len(dns), len(dns) + 1, len(dns) + 4, 1024} {
		set, rules := encode(t, "drop 100% out", 1)
		set.Snaplen, set.Events = uint16(snaplen), abi.EventsAll
		loaded.Put(set, rules...)
		events, _ := collect(loaded, bigRing, func() { ring.send(dns) })
		qt.Assert(t, qt.Equals(len(events[0]), 2), qt.Commentf("snaplen %d", snaplen))
		enter, verdict := events[0][0], events[0][1]
		qt.Check(t, qt.Equals(binary.NativeEndian.Uint32(enter.rest), uint32(len(dns))))
		size := min(snaplen, len(dns))
		qt.Assert(t, qt.IsTrue(len(verdict.rest) >= size && len(verdict.rest) < size+8))
		qt.Check(t, qt.DeepEquals(verdict.rest[:size], dns[:size]))
	}
}
