// SPDX-License-Identifier: MIT

package fault

import "dilih/bpf/abi"

// The protocols that have a kind of their own, in any family or in one.
var protocolKinds = []struct {
	number         uint8
	kind, families uint32
}{
	{protoTCP, abi.KindTCP, 0},
	{protoUDP, abi.KindUDP, 0},
	{protoICMP, abi.KindICMP, abi.KindIP},
	{protoICMP6, abi.KindICMP6, abi.KindIP6},
}

// implied adds to the kinds and to the protocol of a rule what all its packets have besides. It matches the same
// packets as the rule.
func implied(rule abi.Rule) abi.Rule {
	if rule.Kinds&abi.KindSYN != 0 {
		rule.Kinds |= abi.KindTCP | abi.KindPorts
	}
	if rule.Kinds&abi.KindND != 0 {
		rule.Kinds |= abi.KindICMP6
	}
	asked := rule.Asks&abi.AsksProtocol != 0
	for _, known := range protocolKinds {
		if asked && rule.Protocol == known.number && rule.Kinds&known.families == known.families {
			rule.Kinds |= known.kind
		}
		if rule.Kinds&known.kind != 0 {
			rule.Kinds |= known.families | abi.KindProtocol
			rule.Protocol = known.number
		}
	}
	return rule
}
