// SPDX-License-Identifier: MIT

package model

import (
	"encoding/binary"

	"dilih/bpf/abi"
)

// Protocol numbers of IP: the transports, and what may stand between IPv6 and them.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoTCP         = 6
	protoUDP         = 17
	protoRouting     = 43
	protoFragment    = 44
	protoAH          = 51
	protoICMP6       = 58
	protoDestination = 60
	protoSCTP        = 132
	protoMobility    = 135
)

// ipv4 reads what begins as an IPv4 header should (RFC 791).
func (p *Packet) ipv4(packet []byte) {
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return
	}
	header := int(packet[0]&0xf) * 4
	if header < 20 || len(packet) < header {
		return
	}
	p.Kinds |= abi.KindIP
	copy(p.Source[:4], packet[12:16])
	copy(p.Destination[:4], packet[16:20])

	flags := binary.BigEndian.Uint16(packet[6:])
	more, offset := flags&0x2000 != 0, flags&0x1fff
	p.Fragment = more || offset != 0

	total := int(binary.BigEndian.Uint16(packet[2:]))
	p.protocol(packet[9])
	if offset == 0 {
		p.transport(within(packet, header, total))
	}
}

// ipv6 reads what begins as an IPv6 header should (RFC 8200).
func (p *Packet) ipv6(packet []byte) {
	if len(packet) < 40 || packet[0]>>4 != 6 {
		return
	}
	p.Kinds |= abi.KindIP6
	copy(p.Source[:], packet[8:24])
	copy(p.Destination[:], packet[24:40])

	protocol, header, later, ok := p.extensions(packet)
	if !ok {
		return
	}
	total := 0
	if payload := int(binary.BigEndian.Uint16(packet[4:])); payload != 0 {
		total = 40 + payload
	}
	p.protocol(protocol)
	if !later {
		p.transport(within(packet, header, total))
	}
}

// maxExtensions is how many extension headers are looked through.
const maxExtensions = 8

// extensions walks the headers between IPv6 and its transport. header is where that begins. later
// is a fragment other than the first. ok is false if the chain is cut short, or too long.
func (p *Packet) extensions(packet []byte) (protocol uint8, header int, later, ok bool) {
	protocol, header = packet[6], 40
	for range maxExtensions {
		if !isExtension(protocol) {
			break
		}
		if len(packet) < header+8 {
			return 0, 0, false, false
		}
		extension := packet[header:]
		if protocol == protoFragment {
			flags := binary.BigEndian.Uint16(extension[2:])
			more, offset := flags&1 != 0, flags>>3
			p.Fragment = p.Fragment || more || offset != 0
			if offset != 0 {
				return extension[0], 0, true, true
			}
		}
		size := extensionSize(protocol, extension[1])
		if len(extension) < size {
			return 0, 0, false, false
		}
		protocol, header = extension[0], header+size
	}
	return protocol, header, false, !isExtension(protocol)
}

func isExtension(protocol uint8) bool {
	switch protocol {
	case protoHopByHop, protoRouting, protoFragment, protoAH, protoDestination, protoMobility:
		return true
	}
	return false
}

// extensionSize is the size of an extension header in bytes, given its length field.
func extensionSize(protocol, length uint8) int {
	switch protocol {
	case protoFragment:
		return 8
	case protoAH:
		return (int(length) + 2) * 4
	}
	return (int(length) + 1) * 8
}

// within is the transport's part of a packet: from header on, and not beyond total, the length that
// the packet itself claims. A total of 0 is no claim (BIG TCP, jumbograms).
func within(packet []byte, header, total int) []byte {
	if total != 0 && total < len(packet) {
		packet = packet[:total]
	}
	if len(packet) < header {
		return nil
	}
	return packet[header:]
}
