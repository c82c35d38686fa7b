// SPDX-License-Identifier: MIT

package model

import "dilih/bpf/abi"

// Match is the index of the first rule that the packet matches, or -1.
func Match(rules []abi.Rule, p Packet) int {
	for i, rule := range rules {
		if p.Matches(rule) {
			return i
		}
	}
	return -1
}

// Matches says whether the packet is all that the rule asks for.
func (p Packet) Matches(rule abi.Rule) bool {
	asks := func(bit uint8) bool { return rule.Asks&bit != 0 }
	switch {
	case p.Kinds&rule.Kinds != rule.Kinds,
		p.Length < rule.LengthFirst || p.Length > rule.LengthLast,
		p.SourcePort < rule.SportFirst || p.SourcePort > rule.SportLast,
		p.DestinationPort < rule.DportFirst || p.DestinationPort > rule.DportLast,
		asks(abi.AsksProtocol) && p.Protocol != rule.Protocol,
		asks(abi.AsksFrom) && !covers(rule.From, p.Source),
		asks(abi.AsksTo) && !covers(rule.To, p.Destination):
		return false
	}
	return true
}

func covers(prefix abi.Prefix, address [16]byte) bool {
	for i := range address {
		if address[i]&prefix.Mask[i] != prefix.Address[i] {
			return false
		}
	}
	return true
}
