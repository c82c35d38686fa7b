// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
	"dilih/bpf/model"
)

// flow is what tells one flow of IP packets from another.
type flow struct {
	protocol            uint8
	source, destination netip.AddrPort
}

// protocolNumbers are the protocols that have names in flows.
var protocolNumbers = map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}

var errFlow = errors.New("expected, for example, udp 10.0.0.1 5000 10.0.0.2 53, or without ports icmp 10.0.0.1 10.0.0.2")

// parseFlow reads a flow: protocol, source, port, destination, port. The protocol may be a number.
func parseFlow(text string) (f flow, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return f, errFlow
	}
	if f.protocol, err = parseProtocol(words[0]); err != nil {
		return f, err
	}
	if !model.HasPorts(f.protocol) && len(words) == 3 {
		words = slices.Insert(words, 2, "0")
		words = append(words, "0")
	}
	if len(words) != 5 {
		return f, errFlow
	}
	if f.source, err = parseEnd(words[1], words[2]); err != nil {
		return f, err
	}
	if f.destination, err = parseEnd(words[3], words[4]); err != nil {
		return f, err
	}
	if f.source.Addr().Is4() != f.destination.Addr().Is4() {
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

// String prints the flow in the form that parseFlow reads.
func (f flow) String() string {
	name := strconv.Itoa(int(f.protocol))
	for known, number := range protocolNumbers {
		if number == f.protocol {
			name = known
		}
	}
	if !model.HasPorts(f.protocol) {
		return fmt.Sprint(name, " ", f.source.Addr(), " ", f.destination.Addr())
	}
	return fmt.Sprint(name, " ", f.source.Addr(), " ", f.source.Port(), " ", f.destination.Addr(), " ", f.destination.Port())
}

// packet is one of the flow that has whatever else the rule asks for.
func (f flow) packet(rule abi.Rule) model.Packet {
	packet := model.NewPacket(f.protocol, f.source, f.destination)
	packet.Kinds |= rule.Kinds & (abi.KindSYN | abi.KindND)
	packet.Length = rule.LengthFirst
	return packet
}

// flowOf is a flow that the rule matches: what it pins down, and zeros for the rest.
func flowOf(rule abi.Rule) flow {
	f := flow{protocol: rule.Protocol}
	for _, named := range []struct {
		kind     uint32
		protocol string
	}{{abi.KindTCP, "tcp"}, {abi.KindUDP, "udp"}, {abi.KindICMP, "icmp"}, {abi.KindICMP6, "icmp6"}} {
		if rule.Kinds&named.kind != 0 {
			f.protocol = protocolNumbers[named.protocol]
		}
	}
	if rule.Kinds&abi.KindPorts != 0 && !model.HasPorts(f.protocol) {
		f.protocol = protocolNumbers["tcp"] // which is as good as the others that have ports
	}
	address := func(prefix abi.Prefix) netip.Addr {
		if rule.Kinds&abi.KindIP6 != 0 {
			return netip.AddrFrom16(prefix.Address)
		}
		return netip.AddrFrom4([4]byte(prefix.Address[:4]))
	}
	f.source = netip.AddrPortFrom(address(rule.From), rule.SportFirst)
	f.destination = netip.AddrPortFrom(address(rule.To), rule.DportFirst)
	return f
}
