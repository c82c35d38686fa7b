// SPDX-License-Identifier: MIT

package model

import (
	"net/netip"

	"dilih/bpf/abi"
)

// HasPorts says whether a protocol of IP has ports that rules can ask for.
func HasPorts(protocol uint8) bool {
	return protocol == protoTCP || protocol == protoUDP || protocol == protoSCTP
}

// NewPacket is a packet of a flow, with nothing known but the flow. Both addresses have to be of one
// family. The ports count if the protocol has some.
func NewPacket(protocol uint8, source, destination netip.AddrPort) Packet {
	p := Packet{Kinds: abi.KindIP6, Ethertype: ethertypeIPv6}
	if source.Addr().Is4() {
		p.Kinds, p.Ethertype = abi.KindIP, ethertypeIPv4
	}
	copy(p.Source[:], source.Addr().AsSlice())
	copy(p.Destination[:], destination.Addr().AsSlice())
	p.protocol(protocol)
	if HasPorts(protocol) {
		p.Kinds |= abi.KindPorts
		p.SourcePort, p.DestinationPort = source.Port(), destination.Port()
	}
	return p
}

// ARP is a packet of ARP, all of which is one flow.
func ARP() Packet {
	return Packet{Kinds: abi.KindARP, Ethertype: ethertypeARP}
}
