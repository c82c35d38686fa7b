// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import "bytes"

// matches are what rules ask, from the narrow to the wide, so that each finds packets of its own.
var matches = [...]string{
	"arp",
	"nd",
	"tcp syn dport 443 from 192.0.2.0/24",
	"tcp dport 443 to 2001:db8:1::/48",
	"syn",
	"sport 5000-5010",
	"udp dport 53",
	"proto 132",
	"icmp",
	"icmp6",
	"from 192.0.2.7 to 192.0.2.99 tcp",
	"to 2001:db8:1::99 udp",
	"len 1000-1600",
	"tcp",
	"udp",
	"ip6",
	"proto 50",
	"ip",
	"len 14-17",
}

// packetTable is one for every hook: what a packet is, its bytes, and which of the matches above is the
// first that it meets.
var packetTable = []struct {
	is    string
	bytes []byte
	match string
}{
	{"arp", ethernet().arp().frame(), "arp"},
	{"nd solicitation", ethernet().ipv6().icmpv6(135).frame(), "nd"},
	{"echo over ipv6", ethernet().ipv6().icmpv6(128).frame(), "icmp6"},

	{"syn", ethernet().ipv4().tcp(40000, 443, flagSYN).frame(), "tcp syn dport 443 from 192.0.2.0/24"},
	{"syn over ipv6", ethernet().ipv6().tcp(40000, 443, flagSYN).frame(), "tcp dport 443 to 2001:db8:1::/48"},
	{"syn with ip options", ethernet().ipv4(recordRoute()...).tcp(40000, 443, flagSYN).frame(), "tcp syn dport 443 from 192.0.2.0/24"},
	{"syn ack", ethernet().ipv4().tcp(443, 0, flagSYN|flagACK).frame(), "from 192.0.2.7 to 192.0.2.99 tcp"},

	{"dns query", ethernet().ipv4().udp(4096, 53, query...).frame(), "udp dport 53"},
	{"first fragment", ethernet().ipv4().fragment(0x2000).udp(4096, 53, query...).frame(), "udp dport 53"},
	{"later fragment", ethernet().ipv4().fragment(0x0010).udp(4096, 53, query...).frame(), "udp"},
	{"ports in the padding", ethernet().ipv4().protocol(protoUDP).padding(0x10, 0, 0, 53, 0, 8, 0, 0).frame(), "udp"},
	{"large", ethernet().ipv4().udp(9, 9, make([]byte, 1200)...).frame(), "len 1000-1600"},
	{"jumbo", ethernet().ipv4().udp(9, 9, make([]byte, 3000)...).frame(), "udp"},

	{"one tag", ethernet().vlan(7).ipv4().udp(1, 53).frame(), "udp dport 53"},
	{"vlan in vlan", ethernet().vlan(7).vlan(8).ipv6().udp(1, 53).frame(), "udp dport 53"},
	{"three tags", ethernet().vlan(7).vlan(8).vlan(9).ipv4().udp(1, 53).frame(), nothing},

	{"no extension", ethernet().ipv6().udp(4096, 53).frame(), "udp dport 53"},
	{"five extensions", ethernet().ipv6().extensions(protoHopByHop, protoDestination, protoRouting, protoFragment, protoDestination).udp(4096, 53).frame(), "udp dport 53"},
	{"eight extensions", ethernet().ipv6().extensions(protoHopByHop).extensions(destinations(7)...).udp(4096, 53).frame(), "udp dport 53"},
	{"nine extensions", ethernet().ipv6().extensions(protoHopByHop).extensions(destinations(8)...).udp(4096, 53).frame(), "ip6"},
	{"authentication header", ethernet().ipv6().extensions(protoAH).udp(4096, 53).frame(), "udp dport 53"},

	{"sctp", ethernet().ipv4().protocol(protoSCTP, 0x13, 0x88, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0).frame(), "sport 5000-5010"},
	{"esp", ethernet().ipv4().protocol(protoESP, make([]byte, 16)...).frame(), "proto 50"},
	{"ospf", ethernet().ipv4().protocol(protoOSPF, make([]byte, 16)...).frame(), "ip"},

	{"runt", make([]byte, 14), "len 14-17"},
	{"neither ipv4 nor ipv6", ethernet().ipv4().with(14, 0x25).cut(18), nothing},
	{"header longer than frame", ethernet().ipv4().udp(4096, 53, query...).with(14, 0x4f).cut(40), nothing},
}

const nothing = ""

var query = []byte("query")

// recordRoute is the longest option of IPv4, and the padding after it.
func recordRoute() []byte { return append([]byte{7, 39}, make([]byte, 38)...) }

// destinations are so many headers of destination options.
func destinations(count int) []byte { return bytes.Repeat([]byte{protoDestination}, count) }
