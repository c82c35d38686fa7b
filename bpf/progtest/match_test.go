// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"dilih/bpf/abi"
	"dilih/bpf/model"
	"dilih/reader/fault"
)

// questions are matches, from the narrow to the wide, so that each finds packets of its own.
var questions = []string{
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

// rulesFor makes rules of the matches that drop everything.
func rulesFor(tb testing.TB, matches ...string) (abi.FaultSet, []abi.Rule) {
	tb.Helper()
	var set fault.Set
	for _, text := range matches {
		faults, err := fault.Parse("test", "drop 100% "+text)
		if err != nil {
			tb.Fatal(err)
		}
		set.Faults = append(set.Faults, faults...)
	}
	return set.Encode(0)
}

// matched is the index of the rule that a frame falls under in the kernel, or -1.
func (k *kernel) matched(data []byte, rules int) int {
	k.tb.Helper()
	before := make([]uint64, rules)
	for i := range before {
		before[i] = k.counters(i).Matched.Packets
	}
	k.run(data)
	for i := range before {
		if k.counters(i).Matched.Packets != before[i] {
			return i
		}
	}
	return -1
}

// extension is an extension header of the least size.
func extension(next layers.IPProtocol) []byte { return []byte{byte(next), 0, 1, 4, 0, 0, 0, 0} }

// extended is an IPv6 packet with these extension headers, then a UDP header to port 53.
func extended(tb testing.TB, chain ...layers.IPProtocol) []byte {
	tb.Helper()
	var body []byte
	for i := range chain {
		next := layers.IPProtocolUDP
		if i+1 < len(chain) {
			next = chain[i+1]
		}
		header := extension(next)
		if chain[i] == layers.IPProtocolIPv6Fragment {
			header = []byte{byte(next), 0, 0, 0, 0, 0, 0, 1}
		}
		body = append(body, header...)
	}
	body = append(body, 0x10, 0, 0, 53, 0, 8, 0, 0)
	next := layers.IPProtocolUDP
	if len(chain) > 0 {
		next = chain[0]
	}
	return build(tb, ethernet(layers.EthernetTypeIPv6), ipv6(next), gopacket.Payload(body))
}

// fragmentOf turns the IPv4 packet behind 14 bytes of Ethernet into a fragment.
func fragmentOf(frame []byte, flagsAndOffset uint16) []byte {
	frame = slices.Clone(frame)
	frame[20], frame[21] = byte(flagsAndOffset>>8), byte(flagsAndOffset)
	return frame
}

func samples(tb testing.TB) map[string][]byte {
	eth4, eth6 := ethernet(layers.EthernetTypeIPv4), ethernet(layers.EthernetTypeIPv6)
	tagged := ethernet(layers.EthernetTypeDot1Q)
	query := build(tb, eth4, ipv4(layers.IPProtocolUDP), udp(4096, 53), gopacket.Payload("query"))
	options := ipv4(layers.IPProtocolTCP)
	options.Options = []layers.IPv4Option{{OptionType: 7, OptionLength: 39, OptionData: make([]byte, 37)}}
	arp := &layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: 1, SourceHwAddress: macA, SourceProtAddress: ip4A.To4(), DstHwAddress: macB, DstProtAddress: ip4B.To4()}
	icmp6 := func(kind uint8) []byte {
		return build(tb, eth6, ipv6(layers.IPProtocolICMPv6), &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, 0)}, gopacket.Payload(make([]byte, 20)))
	}
	padding := append(build(tb, eth4, ipv4(layers.IPProtocolUDP)), 0x10, 0, 0, 53, 0, 8, 0, 0)
	return map[string][]byte{
		"arp":                      build(tb, ethernet(layers.EthernetTypeARP), arp),
		"nd solicitation":          icmp6(135),
		"echo over ipv6":           icmp6(128),
		"syn":                      build(tb, eth4, ipv4(layers.IPProtocolTCP), syn(40000, 443)),
		"syn over ipv6":            build(tb, eth6, ipv6(layers.IPProtocolTCP), syn(40000, 443)),
		"syn with ip options":      build(tb, eth4, options, syn(40000, 443)),
		"syn ack":                  build(tb, eth4, ipv4(layers.IPProtocolTCP), &layers.TCP{SrcPort: 443, SYN: true, ACK: true}),
		"dns query":                query,
		"first fragment":           fragmentOf(query, 0x2000),
		"later fragment":           fragmentOf(query, 0x0010),
		"one tag":                  build(tb, tagged, vlan(7, layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP), udp(1, 53)),
		"vlan in vlan":             build(tb, tagged, vlan(7, layers.EthernetTypeDot1Q), vlan(8, layers.EthernetTypeIPv6), ipv6(layers.IPProtocolUDP), udp(1, 53)),
		"three tags":               build(tb, tagged, vlan(7, layers.EthernetTypeDot1Q), vlan(8, layers.EthernetTypeDot1Q), vlan(9, layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP), udp(1, 53)),
		"ports in the padding":     padding,
		"no extension":             extended(tb),
		"five extensions":          extended(tb, 0, 60, 43, 44, 60),
		"eight extensions":         extended(tb, 0, 60, 60, 60, 60, 60, 60, 60),
		"nine extensions":          extended(tb, 0, 60, 60, 60, 60, 60, 60, 60, 60),
		"authentication header":    extended(tb, 51),
		"jumbo":                    build(tb, eth4, ipv4(layers.IPProtocolUDP), udp(9, 9), gopacket.Payload(make([]byte, 3000))),
		"large":                    build(tb, eth4, ipv4(layers.IPProtocolUDP), udp(9, 9), gopacket.Payload(make([]byte, 1200))),
		"runt":                     make([]byte, 14),
		"sctp":                     build(tb, eth4, ipv4(layers.IPProtocolSCTP), gopacket.Payload([]byte{0x13, 0x88, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})),
		"esp":                      build(tb, eth4, ipv4(layers.IPProtocolESP), gopacket.Payload(make([]byte, 16))),
		"ospf":                     build(tb, eth4, ipv4(layers.IPProtocolOSPF), gopacket.Payload(make([]byte, 16))),
		"neither ipv4 nor ipv6":    append(slices.Clone(query[:14]), 0x25, 0, 0, 20),
		"header longer than frame": append(slices.Clone(query[:14]), append([]byte{0x4f}, query[15:40]...)...),
	}
}

// want is the question that each sample is the answer to.
var want = map[string]string{
	"arp":                      "arp",
	"nd solicitation":          "nd",
	"echo over ipv6":           "icmp6",
	"syn":                      "tcp syn dport 443 from 192.0.2.0/24",
	"syn over ipv6":            "tcp dport 443 to 2001:db8:1::/48",
	"syn with ip options":      "tcp syn dport 443 from 192.0.2.0/24",
	"syn ack":                  "from 192.0.2.7 to 192.0.2.99 tcp",
	"dns query":                "udp dport 53",
	"first fragment":           "udp dport 53",
	"later fragment":           "udp",
	"one tag":                  "udp dport 53",
	"vlan in vlan":             "udp dport 53",
	"three tags":               "",
	"ports in the padding":     "udp",
	"no extension":             "udp dport 53",
	"five extensions":          "udp dport 53",
	"eight extensions":         "udp dport 53",
	"nine extensions":          "ip6",
	"authentication header":    "udp dport 53",
	"jumbo":                    "udp",
	"large":                    "len 1000-1600",
	"runt":                     "len 14-17",
	"sctp":                     "sport 5000-5010",
	"esp":                      "proto 50",
	"ospf":                     "ip",
	"neither ipv4 nor ipv6":    "",
	"header longer than frame": "",
}

func TestPacketsMatchTheirRule(t *testing.T) {
	k := load(t)
	set, rules := rulesFor(t, questions...)
	k.put(set, rules...)
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			got := ""
			if i := k.matched(data, len(rules)); i >= 0 {
				got = questions[i]
			}
			qt.Check(t, qt.Equals(got, want[name]))
			qt.Check(t, qt.Equals(model.Match(rules, data), slices.Index(questions, got)))
		})
	}
}

// TestTruncatedPackets cuts each sample at every byte that BPF_PROG_TEST_RUN allows.
func TestTruncatedPackets(t *testing.T) {
	k := load(t)
	set, rules := rulesFor(t, questions...)
	k.put(set, rules...)
	for name, data := range samples(t) {
		for size := 14; size < min(len(data), 128); size++ {
			cut := data[:size]
			qt.Assert(t, qt.Equals(k.matched(cut, len(rules)), model.Match(rules, cut)), qt.Commentf("%s cut to %d bytes", name, size))
		}
	}
}

// TestMutatedPackets changes samples at random. A rule drops or passes by turns, so that the
// verdict tells neighbours apart, and the counters of all rules are compared now and then.
func TestMutatedPackets(t *testing.T) {
	const packets, compared = 1_000_000, 10_000
	k := load(t)
	set, rules := rulesFor(t, questions...)
	for i := range rules {
		rules[i].Action = abi.Action(i % 2)
	}
	k.put(set, rules...)
	random := rand.New(rand.NewPCG(newSeed(t), 0))
	seeds := samples(t)
	names := make([]string, 0, len(seeds))
	for name := range seeds {
		names = append(names, name)
	}
	slices.Sort(names)
	counts := make([]uint64, len(rules))
	for n := range packets {
		data := mutate(random, seeds[names[random.IntN(len(names))]])
		i := model.Match(rules, data)
		dropped := i >= 0 && rules[i].Action == abi.ActionDrop
		if k.run(data) == xdpDrop != dropped {
			t.Fatalf("the model says rule %d, and the kernel drops: %v: % x", i, !dropped, data)
		}
		if i >= 0 {
			counts[i]++
		}
		if n%compared == compared-1 {
			for i := range counts {
				qt.Assert(t, qt.Equals(k.counters(i).Matched.Packets, counts[i]), qt.Commentf("%s, after %d packets", questions[i], n+1))
			}
		}
	}
}

// mutate changes a few bytes where the headers are, and now and then the length.
func mutate(random *rand.Rand, sample []byte) []byte {
	data := slices.Clone(sample)
	for range 1 + random.IntN(3) {
		at := random.IntN(min(len(data), 96))
		switch random.IntN(3) {
		case 0:
			data[at] ^= 1 << random.IntN(8)
		case 1:
			data[at] = byte(random.Uint32())
		default:
			interesting := []byte{0, 1, 4, 6, 17, 43, 44, 51, 58, 60, 135, 0x45, 0x60, 0x81, 0x88, 0xff}
			data[at] = interesting[random.IntN(len(interesting))]
		}
	}
	if random.IntN(4) == 0 {
		data = data[:14+random.IntN(len(data)-13)]
	}
	return data
}
