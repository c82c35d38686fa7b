// SPDX-License-Identifier: MIT

package model

import (
	"encoding/binary"

	"dilih/bpf/abi"
)

// Packet is what a rule can ask of a frame.
type Packet struct {
	Kinds           uint32 // Kind bits
	Source          [16]byte
	Destination     [16]byte // IPv4: the first four bytes, the others 0
	SourcePort      uint16
	DestinationPort uint16 // 0 without KindPorts
	Ethertype       uint16 // after VLAN tags; 0 if the frame is too short to have one
	Protocol        uint8  // 0 without KindProtocol
	Fragment        bool
	Length          uint32 // of the frame without VLAN tags, bytes
}

// Classify looks into an Ethernet frame, of any bytes and any length.
func Classify(frame []byte) Packet {
	p := Packet{Length: uint32(len(frame))}
	ethertype, rest, tags, whole := link(frame)
	p.Length -= uint32(tags)
	if whole {
		p.network(ethertype, rest)
	}
	return p
}

// ClassifyL3 looks into a packet that begins with IP, as on an L3 device, of any bytes and any length.
func ClassifyL3(packet []byte) Packet {
	p := Packet{Length: uint32(len(packet))}
	if len(packet) == 0 {
		return p
	}
	switch packet[0] >> 4 {
	case 4:
		p.network(ethertypeIPv4, packet)
	case 6:
		p.network(ethertypeIPv6, packet)
	}
	return p
}

func (p *Packet) network(ethertype uint16, rest []byte) {
	p.Ethertype = ethertype
	switch ethertype {
	case ethertypeARP:
		p.Kinds = abi.KindARP
	case ethertypeIPv4:
		p.ipv4(rest)
	case ethertypeIPv6:
		p.ipv6(rest)
	}
}

// Flow is the hash that tells flows apart: addresses, ports, ethertype and protocol. The ports of
// fragments do not count, since later fragments have none; nor do those of any packet with ScopePeer.
func (p Packet) Flow(scope abi.Scope) uint64 {
	var sport, dport uint64
	if !p.Fragment && scope != abi.ScopePeer {
		sport, dport = uint64(p.SourcePort), uint64(p.DestinationPort)
	}
	native := binary.NativeEndian
	words := [...]struct{ word, factor uint64 }{
		{native.Uint64(p.Source[:8]), 0x9e3779b97f4a7c15},
		{native.Uint64(p.Source[8:]), 0xd1342543de82ef95},
		{native.Uint64(p.Destination[:8]), 0xaf251af3b0f025b5},
		{native.Uint64(p.Destination[8:]), 0xb564ef22ec7aece5},
		{sport<<48 | dport<<32 | uint64(p.Ethertype)<<16 | uint64(p.Protocol), 0xf7c2ebc08f67f2b5},
	}
	var sum uint64
	for _, w := range words {
		sum += (w.word ^ w.word>>32) * w.factor
	}
	return mix64(sum)
}

// Ethertypes.
const (
	ethertypeIPv4 = 0x0800
	ethertypeARP  = 0x0806
	ethertypeVLAN = 0x8100
	ethertypeIPv6 = 0x86dd
	ethertypeQinQ = 0x88a8
)

// link reads the Ethernet header and at most two VLAN tags, of so many bytes. A tag that is cut short, or one too
// many, is not looked through. It is whole if none is cut short.
func link(frame []byte) (ethertype uint16, rest []byte, tags int, whole bool) {
	if len(frame) < 14 {
		return 0, nil, 0, false
	}
	ethertype, rest = binary.BigEndian.Uint16(frame[12:]), frame[14:]
	for range 2 {
		if ethertype != ethertypeVLAN && ethertype != ethertypeQinQ {
			break
		}
		if len(rest) < 4 {
			return 0, nil, tags, false
		}
		ethertype, rest, tags = binary.BigEndian.Uint16(rest[2:]), rest[4:], tags+4
	}
	return ethertype, rest, tags, true
}
