// SPDX-License-Identifier: MIT

package fault

import "dilih/bpf/abi"

// match is a match of the language: what it asks of a packet, and which packets can be that.
type match struct {
	kinds     uint32  // what the packet must be, implied kinds included
	families  family  // that have it
	protocols []uint8 // that have it; nil: it does not care
	of        string  // that, for people
	text      string  // as typed
}

// family is a set of network layers.
type family uint8

const (
	familyARP family = 1 << iota
	familyIP
	familyIP6

	bothIP    = familyIP | familyIP6
	anyFamily = familyARP | familyIP | familyIP6
	portsOf   = "TCP, UDP, SCTP"
	ipOf      = "IPv4, IPv6"
)

// Protocol numbers of IP that the language knows.
const (
	protoICMP  = 1
	protoTCP   = 6
	protoUDP   = 17
	protoICMP6 = 58
	protoSCTP  = 132
)

// vocabulary has the matches. What follows their word narrows those of proto, from and to.
var vocabulary = map[string]match{
	"arp":   {abi.KindARP, familyARP, nil, "ARP", ""},
	"ip":    {abi.KindIP, familyIP, nil, "IPv4", ""},
	"ip6":   {abi.KindIP6, familyIP6, nil, "IPv6", ""},
	"tcp":   {abi.KindTCP, bothIP, []uint8{protoTCP}, "TCP", ""},
	"udp":   {abi.KindUDP, bothIP, []uint8{protoUDP}, "UDP", ""},
	"icmp":  {abi.KindICMP | abi.KindIP, familyIP, []uint8{protoICMP}, "ICMP of IPv4", ""},
	"icmp6": {abi.KindICMP6 | abi.KindIP6, familyIP6, []uint8{protoICMP6}, "ICMP of IPv6", ""},
	"nd": {abi.KindND | abi.KindICMP6 | abi.KindIP6, familyIP6, []uint8{protoICMP6},
		"ICMP of IPv6", ""},
	"syn":   {abi.KindSYN | abi.KindTCP, bothIP, []uint8{protoTCP}, "TCP", ""},
	"proto": {abi.KindProtocol, bothIP, nil, ipOf, ""},
	"sport": {abi.KindPorts, bothIP, []uint8{protoTCP, protoUDP, protoSCTP}, portsOf, ""},
	"dport": {abi.KindPorts, bothIP, []uint8{protoTCP, protoUDP, protoSCTP}, portsOf, ""},
	"from":  {0, bothIP, nil, ipOf, ""},
	"to":    {0, bothIP, nil, ipOf, ""},
	"len":   {0, anyFamily, nil, "every frame", ""},
}

// excludes says whether no packet can be both.
func (m match) excludes(other match) bool {
	if m.families&other.families == 0 {
		return true
	}
	if m.protocols == nil || other.protocols == nil {
		return false
	}
	for _, a := range m.protocols {
		for _, b := range other.protocols {
			if a == b {
				return false
			}
		}
	}
	return true
}
