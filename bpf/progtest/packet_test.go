// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

var (
	macA, macB = []byte{2, 0, 0, 0, 0, 1}, []byte{2, 0, 0, 0, 0, 2}
	ip4A, ip4B = address("192.0.2.7"), address("192.0.2.99")
	ip6A, ip6B = address("2001:db8::7"), address("2001:db8:1::99")
)

func address(text string) []byte { return netip.MustParseAddr(text).AsSlice() }

// Protocol numbers.
const (
	protoHopByHop    = 0
	protoTCP         = 6
	protoUDP         = 17
	protoRouting     = 43
	protoFragment    = 44
	protoESP         = 50
	protoAH          = 51
	protoICMPv6      = 58
	protoDestination = 60
	protoOSPF        = 89
	protoSCTP        = 132
)

// Flags of TCP.
const (
	flagSYN = 0x02
	flagACK = 0x10
)

// packet is an Ethernet frame in the making, header by header, from A to B. Each method returns a new
// packet. Each header put on is named by the one before it, and counted in the length that the IP
// header gives. Checksums are 0: nobody here looks at them.
type packet struct {
	bytes  []byte
	next   int // where the last header names what follows
	length int // where the IP header gives the length; 0 before there is one
}

func ethernet() packet {
	return packet{bytes: slices.Concat(macB, macA, []byte{0, 0}), next: 12}
}

// padding puts on bytes that belong to no header.
func (p packet) padding(data ...byte) packet {
	p.bytes = slices.Concat(p.bytes, data)
	return p
}

// header puts on a header that the last one calls name, and that says at its byte next what follows.
func (p packet) header(name []byte, next int, header ...byte) packet {
	start := len(p.bytes)
	p = p.padding(header...)
	copy(p.bytes[p.next:], name)
	p.next = start + next
	if p.length > 0 {
		length := p.bytes[p.length:]
		binary.BigEndian.PutUint16(length, binary.BigEndian.Uint16(length)+uint16(len(header)))
	}
	return p
}

func (p packet) vlan(id byte) packet {
	return p.tag(0x8100, id)
}

// tag puts on a VLAN tag of this EtherType.
func (p packet) tag(ethertype uint16, id byte) packet {
	return p.header(binary.BigEndian.AppendUint16(nil, ethertype), 2, 0, id, 0, 0)
}

// ethertype puts on what Ethernet calls by this number.
func (p packet) ethertype(number uint16, data ...byte) packet {
	return p.header(binary.BigEndian.AppendUint16(nil, number), 0, data...)
}

func (p packet) arp() packet {
	request := slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, 1}, macA, ip4A, macB, ip4B)
	return p.header([]byte{0x08, 0x06}, 0, request...)
}

func (p packet) ipv4(options ...byte) packet {
	size := 20 + byte(len(options))
	length := len(p.bytes) + 2
	header := []byte{0x40 | size/4, 0, 0, size, 0, 0, 0, 0, 64, 0, 0, 0}
	p = p.header([]byte{0x08, 0x00}, 9, slices.Concat(header, ip4A, ip4B, options)...)
	p.length = length
	return p
}

// fragment sets the word of flags and offset in the IPv4 header.
func (p packet) fragment(flagsAndOffset uint16) packet {
	at := p.length + 4
	return p.with(at, byte(flagsAndOffset>>8)).with(at+1, byte(flagsAndOffset))
}

func (p packet) ipv6() packet {
	length := len(p.bytes) + 4
	header := []byte{0x60, 0, 0, 0, 0, 0, 0, 64}
	p = p.header([]byte{0x86, 0xdd}, 6, slices.Concat(header, ip6A, ip6B)...)
	p.length = length
	return p
}

// from sets the source in the IP header.
func (p packet) from(source []byte) packet {
	at := p.length + map[int]int{4: 10, 16: 4}[len(source)]
	p = p.padding()
	copy(p.bytes[at:], source)
	return p
}

// extensions puts on extension headers of the least size; a fragment header is that of a whole packet.
func (p packet) extensions(protocols ...byte) packet {
	for _, protocol := range protocols {
		header := []byte{0, 0, 1, 4, 0, 0, 0, 0}
		if protocol == protoFragment {
			header = []byte{0, 0, 0, 0, 0, 0, 0, 1}
		}
		p = p.header([]byte{protocol}, 0, header...)
	}
	return p
}

// protocol puts on what IP calls by this number.
func (p packet) protocol(number byte, data ...byte) packet {
	return p.header([]byte{number}, 0, data...)
}

func (p packet) tcp(sport, dport uint16, flags byte) packet {
	header := make([]byte, 20)
	binary.BigEndian.PutUint16(header, sport)
	binary.BigEndian.PutUint16(header[2:], dport)
	header[12], header[13] = 5<<4, flags
	return p.protocol(protoTCP, header...)
}

func (p packet) udp(sport, dport uint16, payload ...byte) packet {
	header := make([]byte, 8)
	binary.BigEndian.PutUint16(header, sport)
	binary.BigEndian.PutUint16(header[2:], dport)
	binary.BigEndian.PutUint16(header[4:], uint16(8+len(payload)))
	return p.protocol(protoUDP, slices.Concat(header, payload)...)
}

func (p packet) icmpv6(kind byte) packet {
	return p.protocol(protoICMPv6, append([]byte{kind}, make([]byte, 23)...)...)
}

// with changes a byte, counted from the first of the frame.
func (p packet) with(at int, value byte) packet {
	p = p.padding()
	p.bytes[at] = value
	return p
}

// frame is the packet as Ethernet sends it: of 60 bytes at least.
func (p packet) frame() []byte {
	return p.padding(make([]byte, max(0, 60-len(p.bytes)))...).bytes
}

// cut is the packet's first bytes only.
func (p packet) cut(size int) []byte { return p.bytes[:size] }
