// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math/rand/v2"
	"net"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var (
	macA, macB = net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr{2, 0, 0, 0, 0, 2}
	ip4A, ip4B = net.IPv4(192, 0, 2, 7), net.IPv4(192, 0, 2, 99)
	ip6A, ip6B = net.ParseIP("2001:db8::7"), net.ParseIP("2001:db8:1::99")
)

// build serializes layers, from Ethernet to payload, with lengths and checksums set.
func build(tb testing.TB, parts ...gopacket.SerializableLayer) []byte {
	tb.Helper()
	var network gopacket.NetworkLayer
	for _, part := range parts {
		if layer, ok := part.(gopacket.NetworkLayer); ok {
			network = layer
		}
		if sum, ok := part.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok && network != nil {
			if err := sum.SetNetworkLayerForChecksum(network); err != nil {
				tb.Fatal(err)
			}
		}
	}
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, parts...); err != nil {
		tb.Fatal(err)
	}
	return buffer.Bytes()
}

func ethernet(ethertype layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: ethertype}
}

func vlan(id uint16, inner layers.EthernetType) *layers.Dot1Q {
	return &layers.Dot1Q{VLANIdentifier: id, Type: inner}
}

func ipv4(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: ip4A, DstIP: ip4B}
}

func ipv6(next layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: next, SrcIP: ip6A, DstIP: ip6B}
}

func udp(sport, dport uint16) *layers.UDP {
	return &layers.UDP{SrcPort: layers.UDPPort(sport), DstPort: layers.UDPPort(dport)}
}

func syn(sport, dport uint16) *layers.TCP {
	return &layers.TCP{SrcPort: layers.TCPPort(sport), DstPort: layers.TCPPort(dport), SYN: true}
}

// randomUDP is a datagram of a flow that no other call has had, as good as never.
func randomUDP(tb testing.TB, random *rand.Rand) []byte {
	tb.Helper()
	port := func() uint16 { return uint16(random.Uint32()) }
	if random.IntN(2) == 0 {
		ip := ipv4(layers.IPProtocolUDP)
		ip.SrcIP = net.IPv4(10, byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()))
		return build(tb, ethernet(layers.EthernetTypeIPv4), ip, udp(port(), port()), gopacket.Payload("dilih"))
	}
	ip := ipv6(layers.IPProtocolUDP)
	ip.SrcIP = append(net.IP{0x20, 1, 0xd, 0xb8}, make([]byte, 12)...)
	for i := 4; i < 16; i++ {
		ip.SrcIP[i] = byte(random.Uint32())
	}
	return build(tb, ethernet(layers.EthernetTypeIPv6), ip, udp(port(), port()), gopacket.Payload("dilih"))
}
