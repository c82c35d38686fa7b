// SPDX-License-Identifier: MIT

package model

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// ether makes a frame: the addresses, the ethertypes in a row, VLAN tags between them.
func ether(payload []byte, ethertypes ...uint16) []byte {
	frame := make([]byte, 12)
	for i, ethertype := range ethertypes {
		if i > 0 {
			frame = append(frame, 0, byte(i)) // the tag of this VLAN
		}
		frame = binary.BigEndian.AppendUint16(frame, ethertype)
	}
	return append(frame, payload...)
}

// ip4 makes an IPv4 packet with this word of flags and fragment offset.
func ip4(protocol byte, fragment uint16, options, payload []byte) []byte {
	header := make([]byte, 20)
	header[0] = 0x40 | byte(5+len(options)/4)
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(options)+len(payload)))
	binary.BigEndian.PutUint16(header[6:], fragment)
	header[9] = protocol
	copy(header[12:], netip.MustParseAddr("10.0.0.1").AsSlice())
	copy(header[16:], netip.MustParseAddr("10.0.0.2").AsSlice())
	return slices.Concat(header, options, payload)
}

// ip6 makes an IPv6 packet. The payload begins with the extension headers.
func ip6(next byte, payload ...[]byte) []byte {
	body := slices.Concat(payload...)
	header := make([]byte, 40)
	header[0], header[6] = 0x60, next
	binary.BigEndian.PutUint16(header[4:], uint16(len(body)))
	copy(header[8:], netip.MustParseAddr("2001:db8::1").AsSlice())
	copy(header[24:], netip.MustParseAddr("2001:db8::2").AsSlice())
	return append(header, body...)
}

// extension makes an extension header of 8 bytes with this length field, and as many more.
func extension(next, length byte, more int) []byte {
	return append([]byte{next, length, 0, 0, 0, 0, 0, 0}, make([]byte, more)...)
}

func fragmentHeader(next byte, fragment uint16) []byte {
	return binary.BigEndian.AppendUint32([]byte{next, 0, byte(fragment >> 8), byte(fragment)}, 1)
}

func tcp(sport, dport uint16, flags byte) []byte {
	segment := make([]byte, 20)
	binary.BigEndian.PutUint16(segment, sport)
	binary.BigEndian.PutUint16(segment[2:], dport)
	segment[12], segment[13] = 5<<4, flags
	return segment
}

func udp(sport, dport uint16) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, sport), dport), 8<<16)
}

// jumbo says that its length is 0.
func jumbo(packet []byte, at int) []byte {
	packet = slices.Clone(packet)
	packet[at], packet[at+1] = 0, 0
	return packet
}

func repeat(header []byte, times int) []byte { return slices.Repeat(header, times) }

var (
	dns   = udp(5000, 53)
	https = tcp(40000, 443, flagSYN)
)

// frames have names, for more than one test.
var frames = map[string][]byte{
	"arp":           ether(make([]byte, 28), ethertypeARP),
	"arp in a VLAN": ether(nil, ethertypeVLAN, ethertypeARP),
	"udp":           ether(ip4(protoUDP, 0, nil, dns), ethertypeIPv4),
	"udp in a VLAN": ether(ip4(protoUDP, 0, nil, dns), ethertypeVLAN, ethertypeIPv4),
	"udp in two":    ether(ip4(protoUDP, 0, nil, dns), ethertypeQinQ, ethertypeVLAN, ethertypeIPv4),
	"udp in three":  ether(ip4(protoUDP, 0, nil, dns), ethertypeQinQ, ethertypeVLAN, ethertypeVLAN, ethertypeIPv4),
	"options":       ether(ip4(protoUDP, 0, make([]byte, 40), dns), ethertypeIPv4),
	"tcp":           ether(ip4(protoTCP, 0x4000, nil, tcp(40000, 443, flagACK)), ethertypeIPv4),
	"syn":           ether(ip4(protoTCP, 0x4000, nil, https), ethertypeIPv4),
	"syn ack":       ether(ip4(protoTCP, 0x4000, nil, tcp(443, 40000, flagSYN|flagACK)), ethertypeIPv4),
	"sctp":          ether(ip4(protoSCTP, 0, nil, udp(36412, 36412)), ethertypeIPv4),
	"icmp":          ether(ip4(protoICMP, 0, nil, make([]byte, 8)), ethertypeIPv4),
	"icmp6 in ip":   ether(ip4(protoICMP6, 0, nil, []byte{135, 0, 0, 0}), ethertypeIPv4),
	"gre":           ether(ip4(47, 0, nil, make([]byte, 8)), ethertypeIPv4),

	"first fragment": ether(ip4(protoUDP, 0x2000, nil, dns), ethertypeIPv4),
	"later fragment": ether(ip4(protoUDP, 0x0005, nil, dns), ethertypeIPv4),

	"version 5":     ether(append([]byte{0x55}, ip4(protoUDP, 0, nil, dns)[1:]...), ethertypeIPv4),
	"header of 16":  ether(append([]byte{0x44}, ip4(protoUDP, 0, nil, dns)[1:]...), ethertypeIPv4),
	"header cut":    ether(append([]byte{0x4f}, ip4(protoUDP, 0, nil, dns)[1:]...), ethertypeIPv4),
	"padded":        ether(slices.Concat(ip4(protoUDP, 0, nil, nil), dns, make([]byte, 30)), ethertypeIPv4),
	"length of 0":   ether(jumbo(ip4(protoUDP, 0, nil, dns), 2), ethertypeIPv4),
	"ip6 as ip":     ether(ip6(protoUDP, dns), ethertypeIPv4),
	"ethertype 800": ether(nil, ethertypeIPv4),

	"tcp6":       ether(ip6(protoTCP, https), ethertypeIPv6),
	"icmp6":      ether(ip6(protoICMP6, []byte{128, 0, 0, 0}), ethertypeIPv6),
	"nd":         ether(ip6(protoICMP6, []byte{135, 0, 0, 0}), ethertypeIPv6),
	"redirect":   ether(ip6(protoICMP6, []byte{137}), ethertypeIPv6),
	"mld":        ether(ip6(protoHopByHop, extension(protoICMP6, 0, 0), []byte{143, 0}), ethertypeIPv6),
	"icmp in 6":  ether(ip6(protoICMP, make([]byte, 8)), ethertypeIPv6),
	"no next":    ether(ip6(59, make([]byte, 8)), ethertypeIPv6),
	"jumbo6":     ether(jumbo(ip6(protoUDP, dns), 4), ethertypeIPv6),
	"short tcp6": ether(jumbo(ip6(protoTCP, https[:13]), 4), ethertypeIPv6),

	"tcp6 behind extensions": ether(ip6(protoHopByHop, extension(protoRouting, 0, 0), extension(protoDestination, 2, 16),
		extension(protoAH, 0, 0), extension(protoMobility, 1, 4), extension(protoTCP, 0, 0), https), ethertypeIPv6),
	"eight extensions": ether(ip6(protoDestination, repeat(extension(protoDestination, 0, 0), 7), extension(protoUDP, 0, 0), dns), ethertypeIPv6),
	"nine extensions":  ether(ip6(protoDestination, repeat(extension(protoDestination, 0, 0), 8), extension(protoUDP, 0, 0), dns), ethertypeIPv6),
	"extension cut":    ether(ip6(protoRouting, extension(protoUDP, 1, 7)), ethertypeIPv6),
	"first fragment6":  ether(ip6(protoFragment, fragmentHeader(protoUDP, 1), dns), ethertypeIPv6),
	"later fragment6":  ether(ip6(protoFragment, fragmentHeader(protoUDP, 5<<3), dns), ethertypeIPv6),
	"later of options": ether(ip6(protoFragment, fragmentHeader(protoDestination, 5<<3|1), dns), ethertypeIPv6),
	"atomic fragment":  ether(ip6(protoFragment, fragmentHeader(protoUDP, 0), dns), ethertypeIPv6),
	"fragments nested": ether(ip6(protoFragment, fragmentHeader(protoFragment, 1), fragmentHeader(protoUDP, 0), dns), ethertypeIPv6),

	"empty": {},
	"runt":  make([]byte, 13),
	"llc":   ether(make([]byte, 46), 46),
}
