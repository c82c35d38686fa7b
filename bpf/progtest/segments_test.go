// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/scripts/test/testenv"
)

// superPacket is what a UDP socket sends as one, to be cut into packets later.
type superPacket struct {
	name     string
	source   string
	to       string
	headers  int // bytes, Ethernet's included
	size     int // bytes of payload in a segment
	segments int
	last     int // bytes of payload in the last one
}

var superPackets = []superPacket{
	{"ipv4", "192.0.2.7/24", "192.0.2.99", 14 + 20 + 8, 1200, 10, 1200},
	{"ipv4, the last shorter", "192.0.2.7/24", "192.0.2.99", 14 + 20 + 8, 1400, 40, 1},
	{"ipv4, two", "192.0.2.7/24", "192.0.2.99", 14 + 20 + 8, 100, 2, 50},
	{"ipv6", "2001:db8::7/64", "2001:db8::99", 14 + 40 + 8, 1200, 10, 1200},
	{"ipv6, the last shorter", "2001:db8::7/64", "2001:db8::99", 14 + 40 + 8, 1000, 64, 999},
	{"one alone", "192.0.2.7/24", "192.0.2.99", 14 + 20 + 8, 1200, 1, 700},
}

func (p superPacket) payload() int { return (p.segments-1)*p.size + p.last }

// onWire is what becomes of it.
func (p superPacket) onWire() abi.Tally {
	return abi.Tally{Packets: uint64(p.segments), Bytes: uint64(p.segments*p.headers + p.payload())}
}

// length is that of the first packet.
func (p superPacket) length() int { return p.headers + min(p.size, p.payload()) }

// open is a socket at device a, whose datagrams leave for device b.
func (p superPacket) open(tb testing.TB, a, b netlink.Link) *net.UDPConn {
	tb.Helper()
	source, err := netlink.ParseAddr(p.source)
	qt.Assert(tb, qt.IsNil(err))
	source.Flags = unix.IFA_F_NODAD
	qt.Assert(tb, qt.IsNil(netlink.AddrAdd(a, source)))
	qt.Assert(tb, qt.IsNil(netlink.NeighSet(&netlink.Neigh{
		LinkIndex: a.Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.ParseIP(p.to), HardwareAddr: b.Attrs().HardwareAddr,
	})))
	socket, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(p.to), 9)))
	qt.Assert(tb, qt.IsNil(err))
	tb.Cleanup(func() { socket.Close() })
	setOption(tb, socket, unix.IPPROTO_UDP, unix.UDP_SEGMENT, p.size)
	return socket
}

func setOption(tb testing.TB, socket syscall.Conn, level, option, value int) {
	tb.Helper()
	raw, err := socket.SyscallConn()
	qt.Assert(tb, qt.IsNil(err))
	var failure error
	qt.Assert(tb, qt.IsNil(raw.Control(func(fd uintptr) { failure = unix.SetsockoptInt(int(fd), level, option, value) })))
	qt.Assert(tb, qt.IsNil(failure))
}

// arrives waits until the second rule has counted so much, and no more. What left before has come in by then as well.
func arrives(loaded *kerneltest.Loaded, want abi.Tally) {
	loaded.TB.Helper()
	testenv.Await(loaded.TB, func() bool { return loaded.Counters(1).Matched.Packets >= want.Packets },
		func() string { return fmt.Sprintf("%+v", loaded.Counters(1).Matched) })
	qt.Assert(loaded.TB, qt.Equals(loaded.Counters(1).Matched, want))
}

// TestSegments sends two super-packets over a veth, at whose other end is XDP: so they are cut up in between. Of the
// first all is lost, by one decision, and the second comes in as what left.
func TestSegments(t *testing.T) {
	for _, packet := range superPackets {
		t.Run(packet.name, func(t *testing.T) {
			loaded := kerneltest.Load(t)
			enterNamespace(t)
			a, b := addVeth(t, usualMTU)
			addOut(t, a, loaded.Program(abi.HookTCOut))
			qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(b, loaded.Program(abi.HookXDP).FD(), nl.XDP_FLAGS_DRV_MODE)))
			socket := packet.open(t, a, b)
			force(loaded, fmt.Sprintf("drop first 1 out udp len %d-%[1]d; pass udp", packet.length()), 1)
			for range 2 {
				_, err := socket.Write(make([]byte, packet.payload()))
				qt.Assert(t, qt.IsNil(err))
			}
			want := packet.onWire()
			qt.Check(t, qt.Equals(loaded.TotalsOf(abi.DirectionOut).Dropped, want))
			counters := loaded.Counters(0)
			qt.Check(t, qt.Equals(counters.Dropped, want))
			qt.Check(t, qt.Equals(counters.Matched, abi.Tally{Packets: 2 * want.Packets, Bytes: 2 * want.Bytes}))
			var chain uint64
			qt.Assert(t, qt.IsNil(loaded.Maps[abi.SequencesMap].Lookup(loaded.Entry(0), &chain)))
			qt.Check(t, qt.Equals(chain>>2, 2), qt.Commentf("decisions"))
			arrives(loaded, want)
		})
	}
}

// TestTaggedSegments has a tag beside the super-packet, and on the wire one on each packet, which no length counts.
func TestTaggedSegments(t *testing.T) {
	for _, packet := range superPackets {
		t.Run(packet.name, func(t *testing.T) {
			loaded := kerneltest.Load(t)
			enterNamespace(t)
			a, b := addVeth(t, usualMTU)
			addTag(t, a)
			addOut(t, a, loaded.Program(abi.HookTCOut))
			socket := packet.open(t, a, b)
			force(loaded, fmt.Sprintf("drop 100%% out udp len %d-%[1]d", packet.length()), 1)
			_, err := socket.Write(make([]byte, packet.payload()))
			qt.Assert(t, qt.IsNil(err))
			qt.Check(t, qt.Equals(loaded.TotalsOf(abi.DirectionOut).Dropped, packet.onWire()))
		})
	}
}
