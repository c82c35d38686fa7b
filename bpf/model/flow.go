// SPDX-License-Identifier: MIT

package model

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

// Flow is what tells one flow of IP packets from another.
type Flow struct {
	Protocol            uint8
	Source, Destination netip.AddrPort
}

// protocolNumbers are the protocols that have names in flows.
var protocolNumbers = map[string]uint8{"icmp": protoICMP, "tcp": protoTCP, "udp": protoUDP, "icmp6": protoICMP6, "sctp": protoSCTP}

var errFlow = errors.New("expected, for example, udp 10.0.0.1 5000 10.0.0.2 53, or without ports icmp 10.0.0.1 10.0.0.2")

// ParseFlow reads a flow: protocol, source, port, destination, port. The protocol may be a number.
func ParseFlow(text string) (f Flow, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return f, errFlow
	}
	if f.Protocol, err = parseProtocol(words[0]); err != nil {
		return f, err
	}
	if !hasPorts(f.Protocol) && len(words) == 3 {
		words = slices.Insert(words, 2, "0")
		words = append(words, "0")
	}
	if len(words) != 5 {
		return f, errFlow
	}
	if f.Source, err = parseEnd(words[1], words[2]); err != nil {
		return f, err
	}
	if f.Destination, err = parseEnd(words[3], words[4]); err != nil {
		return f, err
	}
	if f.Source.Addr().Is4() != f.Destination.Addr().Is4() {
		return f, errors.New("it goes from one IP version to the other")
	}
	return f, nil
}

func parseProtocol(text string) (uint8, error) {
	if number, known := protocolNumbers[text]; known {
		return number, nil
	}
	number, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("there is no protocol %q, but tcp, udp, icmp, icmp6, sctp and numbers", text)
	}
	return uint8(number), nil
}

func parseEnd(address, port string) (netip.AddrPort, error) {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Zone() != "" {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", address)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no port", port)
	}
	return netip.AddrPortFrom(ip, uint16(number)), nil
}

// String prints the flow in the form that ParseFlow reads.
func (f Flow) String() string {
	name := strconv.Itoa(int(f.Protocol))
	for known, number := range protocolNumbers {
		if number == f.Protocol {
			name = known
		}
	}
	if !hasPorts(f.Protocol) {
		return fmt.Sprint(name, " ", f.Source.Addr(), " ", f.Destination.Addr())
	}
	return fmt.Sprint(name, " ", f.Source.Addr(), " ", f.Source.Port(), " ", f.Destination.Addr(), " ", f.Destination.Port())
}

// Packet is one of the flow that has whatever else the rule asks for.
func (f Flow) Packet(rule abi.Rule) Packet {
	packet := NewPacket(f.Protocol, f.Source, f.Destination)
	packet.Kinds |= rule.Kinds & (abi.KindSYN | abi.KindND)
	packet.Length = rule.LengthFirst
	return packet
}

// FlowOf is a flow that the rule matches: what it asks for, and zeros for the rest.
func FlowOf(rule abi.Rule) Flow {
	f := Flow{Protocol: rule.Protocol}
	for _, named := range []struct {
		kind     uint32
		protocol uint8
	}{{abi.KindTCP, protoTCP}, {abi.KindUDP, protoUDP}, {abi.KindICMP, protoICMP}, {abi.KindICMP6, protoICMP6}} {
		if rule.Kinds&named.kind != 0 {
			f.Protocol = named.protocol
		}
	}
	if rule.Kinds&abi.KindPorts != 0 && !hasPorts(f.Protocol) {
		f.Protocol = protoTCP // which is as good as the others that have ports
	}
	address := func(prefix abi.Prefix) netip.Addr {
		if rule.Kinds&abi.KindIP6 != 0 {
			return netip.AddrFrom16(prefix.Address)
		}
		return netip.AddrFrom4([4]byte(prefix.Address[:4]))
	}
	f.Source = netip.AddrPortFrom(address(rule.From), rule.SportFirst)
	f.Destination = netip.AddrPortFrom(address(rule.To), rule.DportFirst)
	return f
}

// hasPorts says whether a protocol of IP has ports that rules can ask for.
func hasPorts(protocol uint8) bool {
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
	if hasPorts(protocol) {
		p.Kinds |= abi.KindPorts
		p.SourcePort, p.DestinationPort = source.Port(), destination.Port()
	}
	return p
}

// ARP is a packet of ARP, all of which is one flow.
func ARP() Packet {
	return Packet{Kinds: abi.KindARP, Ethertype: ethertypeARP}
}
