// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// machineSocket sends as a virtual machine does: it says how long the segments are to be, but not how many.
func machineSocket(tb testing.TB) int {
	tb.Helper()
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(func() { unix.Close(socket) })
	qt.Assert(tb, qt.IsNil(unix.SetsockoptInt(socket, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1)))
	return socket
}

// ofMachine is a super-packet of TCP, after its struct virtio_net_hdr.
func ofMachine(headers packet, gsoType byte, size, payload int) []byte {
	const needsChecksum, checksumOffset, tcpHeader = 1, 16, 20
	hdr := []byte{needsChecksum, gsoType}
	for _, word := range []int{len(headers.bytes), size, len(headers.bytes) - tcpHeader, checksumOffset} {
		hdr = binary.NativeEndian.AppendUint16(hdr, uint16(word))
	}
	return slices.Concat(hdr, headers.bytes, make([]byte, payload))
}

// TestSegmentsOfAMachine sends super-packets of many sizes, the full last segment among them.
func TestSegmentsOfAMachine(t *testing.T) {
	loaded := kerneltest.Load(t)
	enterNamespace(t)
	device, _ := addVeth(t, usualMTU)
	addOut(t, device, loaded.Program(abi.HookTCOut))
	socket := machineSocket(t)
	force(loaded, "drop 100% out tcp", 1)
	random := rand.New(rand.NewPCG(newSeed(t), 0))
	for range 2000 {
		size := 500 + random.IntN(960)
		payload := 1 + random.IntN(60_000)
		if random.IntN(2) == 0 {
			payload -= payload % size
		}
		testMachine(t, loaded, socket, device, random.IntN(2) == 0, random.IntN(3), size, max(payload, 1))
	}
}

// testMachine sends one with so many VLAN tags, which no length counts.
func testMachine(t *testing.T, loaded *kerneltest.Loaded, socket int, device netlink.Link, ip6 bool, tags, size, payload int) {
	link := ethernet()
	for range tags {
		link = link.vlan(7)
	}
	headers, gsoType := link.ipv4().tcp(1, 2, flagACK), byte(1)
	if ip6 {
		headers, gsoType = link.ipv6().tcp(1, 2, flagACK), 4
	}
	before := loaded.Counters(0).Dropped
	to := &unix.SockaddrLinklayer{Ifindex: device.Attrs().Index, Protocol: binary.NativeEndian.Uint16(headers.bytes[12:])}
	qt.Assert(t, qt.IsNil(unix.Sendto(socket, ofMachine(headers, gsoType, size, payload), 0, to)))
	packets := (payload + size - 1) / size
	want := abi.Tally{
		Packets: before.Packets + uint64(packets),
		Bytes:   before.Bytes + uint64(payload+packets*(len(headers.bytes)-4*tags)),
	}
	qt.Assert(t, qt.Equals(loaded.Counters(0).Dropped, want), qt.Commentf("%d bytes by %d, %d tags", payload, size, tags))
}
