// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"net/netip"

	"dilih/bpf/abi"
)

// checkMapped fails for an IPv4-mapped IPv6 address. Only sockets show IPv4 packets in this way, and no packet
// carries it. bits is the length of the prefix.
func (p *parser) checkMapped(w word, ip netip.Addr, bits int) error {
	const before = 96 // bits in front of the IPv4 address
	if !ip.Is4In6() {
		return nil
	}
	switch {
	case bits >= before:
		bits -= before
	case bits > ip.Unmap().BitLen():
		return nil // which no IPv4 prefix can mean
	}
	nearest := netip.PrefixFrom(ip.Unmap(), bits).Masked()
	return p.fail(w, "no packet has an IPv4-mapped address: on the network these are IPv4 packets",
		"nearest: "+prefixText(encodePrefix(nearest), true))
}

// The protocols that no packet has for dilih, because it looks past them, and what was probably meant.
var lookedPast = map[uint32]string{
	0:   "leave it out for packets of every protocol, or say ip6",
	43:  "the protocol behind it, such as tcp, or ip6",
	44:  "the protocol behind it, such as udp, or ip6",
	60:  "the protocol behind it, such as tcp, or ip6",
	135: "ip6 proto 59, because nothing follows a mobility header",
}

// protoAH is an extension header in IPv6, and a protocol in IPv4.
const protoAH = 51

// protocolOf narrows m, which is proto, to the packets that can have this number, which w asks for.
func (p *parser) protocolOf(w word, number uint32, m *match) error {
	if nearest, never := lookedPast[number]; never {
		return p.fail(w, fmt.Sprintf("no packet has protocol %d: it is an IPv6 extension header, and dilih looks past these", number),
			"nearest: "+nearest)
	}
	m.protocols, m.of = []uint8{uint8(number)}, fmt.Sprint("protocol ", number)
	if number == protoAH {
		m.families, m.of = familyIP, "IPv4: in IPv6, dilih looks past it"
	}
	return nil
}

// checkLength fails if no packet is as short as the rule asks for. w is where the length stands.
func (p *parser) checkLength(w word) error {
	least := shortestPacket(p.rule)
	if p.rule.LengthLast >= least {
		return nil
	}
	return p.fail(w, fmt.Sprintf("no packet with these matches is that short: the shortest has %d bytes", least),
		fmt.Sprintf("nearest: len %s (the Ethernet header counts as 14 bytes, VLAN tags do not count)",
			rangeText(uint64(min(p.rule.LengthFirst, least)), uint64(least))))
}

// shortestPacket is the length in bytes of the shortest packet that a rule can match, whatever it asks of the length.
// It begins with IP, as on a device without Ethernet, unless it is ARP. It may be cut off behind the last byte
// that the rule asks for.
func shortestPacket(rule abi.Rule) uint32 {
	const ethernet, ipv4, ipv6, ports, flags, icmpType = 14, 20, 40, 4, 14, 1
	kinds := implied(rule).Kinds
	least := uint32(1)
	switch {
	case kinds&abi.KindARP != 0:
		return ethernet
	case kinds&abi.KindIP6 != 0:
		least = ipv6
	case kinds != 0:
		least = ipv4
	}
	switch {
	case kinds&abi.KindSYN != 0:
		least += flags
	case kinds&abi.KindPorts != 0:
		least += ports
	case kinds&abi.KindND != 0:
		least += icmpType
	}
	return least
}
