// SPDX-License-Identifier: MIT

package model

import (
	"encoding/binary"

	"dilih/bpf/abi"
)

// protocol notes the protocol number, of any fragment. ICMP is of IPv4, and ICMPv6 of IPv6.
func (p *Packet) protocol(number uint8) {
	p.Protocol = number
	p.Kinds |= abi.KindProtocol
	switch {
	case number == protoTCP:
		p.Kinds |= abi.KindTCP
	case number == protoUDP:
		p.Kinds |= abi.KindUDP
	case number == protoICMP && p.Kinds&abi.KindIP != 0:
		p.Kinds |= abi.KindICMP
	case number == protoICMP6 && p.Kinds&abi.KindIP6 != 0:
		p.Kinds |= abi.KindICMP6
	}
}

// Flags of TCP.
const (
	flagFIN = 0x01
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// transport reads as much of the transport header as there is.
func (p *Packet) transport(segment []byte) {
	switch p.Protocol {
	case protoTCP, protoUDP, protoSCTP:
		p.ports(segment)
	case protoICMP6:
		// Router and neighbour solicitation and advertisement, and redirect: RFC 4861.
		of6 := p.Kinds&abi.KindICMP6 != 0
		if of6 && len(segment) > 0 && segment[0] >= 133 && segment[0] <= 137 {
			p.Kinds |= abi.KindND
		}
	}
}

func (p *Packet) ports(segment []byte) {
	if len(segment) >= 4 {
		p.Kinds |= abi.KindPorts
		p.SourcePort = binary.BigEndian.Uint16(segment)
		p.DestinationPort = binary.BigEndian.Uint16(segment[2:])
	}
	if p.Protocol == protoTCP && len(segment) > 13 &&
		segment[13]&(flagSYN|flagACK|flagRST|flagFIN) == flagSYN {
		p.Kinds |= abi.KindSYN
	}
}
