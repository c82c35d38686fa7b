// SPDX-License-Identifier: MIT

package fault

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"dilih/bpf/model"

	"github.com/go-quicktest/qt"
)

// No packet that the parser finds too short for the matches meets them.
func TestShortestPacket(t *testing.T) {
	packets := packetsOfEachKind()
	for _, matches := range []string{
		"", "arp", "ip", "ip6", "tcp", "udp", "icmp", "icmp6", "nd", "syn", "syn ip6", "ip6 tcp", "proto 2", "sport 1", "dport 2 ip6",
		"proto 58 ip6", "from 10.0.0.1", "to 2001:db8::/32",
	} {
		rule := one(t, "drop "+matches).rule
		least := uint32(1 << 31)
		for _, packet := range packets {
			if packet.Matches(rule) {
				least = min(least, packet.Length)
			}
		}
		qt.Check(t, qt.Equals(shortestPacket(rule), least), qt.Commentf("%s", matches))
		_, err := Parse("test", fmt.Sprintf("drop %s len 0-%d", matches, least))
		qt.Check(t, qt.IsNil(err))
		_, err = Parse("test", fmt.Sprintf("drop %s len 0-%d", matches, least-1))
		qt.Check(t, qt.ErrorMatches(err, fmt.Sprintf(`(?s).*the shortest has %d bytes.*nearest: len 0-%d .*`, least, least)))
	}
}

// packetsOfEachKind are what the model sees in frames of all protocols, addresses, ports and lengths that
// randomChoices tell apart, with an Ethernet header and without.
func packetsOfEachKind() []model.Packet {
	known := map[model.Packet]bool{}
	for _, packet := range ipPackets() {
		for length := 1; length <= len(packet); length++ {
			switch length {
			case 1, 19, 20, 21, 23, 24, 25, 33, 34, 35, 40, 41, 43, 44, 45, 46, 53, 54, 55, 59, 60, 61, 1500, 1501:
				known[model.ClassifyL3(packet[:length])] = true
			}
		}
	}
	for _, ethertype := range []uint16{0x0806, 0x88cc} {
		for _, length := range []int{14, 15, 19, 20, 23, 24, 25, 33, 34, 40, 41, 53, 54, 59, 60, 61, 1500, 1501} {
			frame := make([]byte, length)
			binary.BigEndian.PutUint16(frame[12:], ethertype)
			known[model.Classify(frame)] = true
		}
	}
	var packets []model.Packet
	for packet := range known {
		packets = append(packets, packet)
	}
	return packets
}

// ipPackets are long packets of IP, which the test cuts off anywhere.
func ipPackets() (packets [][]byte) {
	for _, addresses := range [][]string{{"10.0.0.1", "10.9.9.9", "192.0.2.1"}, {"2001:db8::1", "2001:db8::2", "fe80::1"}} {
		for _, source := range addresses {
			for _, destination := range addresses {
				for _, protocol := range []byte{1, 2, 6, 17, 58, 132} {
					for _, payload := range payloads(protocol) {
						packets = append(packets, ipPacket(source, destination, protocol, payload))
					}
					packets = append(packets, withoutPorts(ipPacket(source, destination, protocol, nil)))
				}
			}
		}
	}
	return packets
}

// payloads begin with what the matches can tell apart of this protocol.
func payloads(protocol byte) (all [][]byte) {
	switch protocol {
	case protoICMP6:
		return [][]byte{{128}, {135}}
	case protoTCP, protoUDP, protoSCTP:
		for port := range 16 {
			for _, flags := range []byte{0x02, 0x10} {
				header := make([]byte, 14)
				header[1], header[3], header[13] = byte(port/4), byte(port%4), flags
				all = append(all, header)
			}
		}
		return all
	}
	return [][]byte{nil}
}

func ipPacket(source, destination string, protocol byte, payload []byte) []byte {
	from, to := netip.MustParseAddr(source), netip.MustParseAddr(destination)
	packet := make([]byte, 1501)
	header := 40
	if from.Is4() {
		header = 20
		packet[0], packet[9] = 0x45, protocol
		copy(packet[12:], from.AsSlice())
		copy(packet[16:], to.AsSlice())
	} else {
		packet[0], packet[6] = 0x60, protocol
		copy(packet[8:], from.AsSlice())
		copy(packet[24:], to.AsSlice())
	}
	copy(packet[header:], payload)
	return packet
}

// withoutPorts gives a packet a length of its own that leaves no room for ports.
func withoutPorts(packet []byte) []byte {
	if packet[0] == 0x45 {
		packet[3] = 20
	} else {
		packet[5] = 1
	}
	return packet
}
