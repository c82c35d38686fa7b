// SPDX-License-Identifier: MIT

package model

import (
	"encoding/binary"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// From the same foreign program as the drops of the contract. The words of a flow are in host byte
// order, so that these numbers are those of little-endian machines.
func TestFlowHash(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Fatal("these numbers are for little-endian machines")
	}
	qt.Check(t, qt.Equals(udp4, 0xdf6145f6c236b7a9))
	qt.Check(t, qt.Equals(tcp6, 0x62ff18aeba175384))
	qt.Check(t, qt.Equals(icmp, 0x3b0f5d85cf886939))
	qt.Check(t, qt.Equals(ARP().Flow(abi.ScopeFlow), 0x811323397c429c46))
	qt.Check(t, qt.Equals(Packet{}.Flow(abi.ScopeFlow), 0))
}

// A flow that is only named, and a frame of it, are the same flow.
func TestFramesAreOfTheirFlow(t *testing.T) {
	qt.Check(t, qt.Equals(Classify(frames["udp"]).Flow(abi.ScopeFlow), udp4))
	qt.Check(t, qt.Equals(Classify(frames["udp in a VLAN"]).Flow(abi.ScopeFlow), udp4))
	qt.Check(t, qt.Equals(Classify(frames["tcp6"]).Flow(abi.ScopeFlow), tcp6))
	qt.Check(t, qt.Equals(Classify(frames["tcp6 behind extensions"]).Flow(abi.ScopeFlow), tcp6))
	qt.Check(t, qt.Equals(Classify(frames["icmp"]).Flow(abi.ScopeFlow), icmp))
	qt.Check(t, qt.Equals(Classify(frames["arp"]).Flow(abi.ScopeFlow), ARP().Flow(abi.ScopeFlow)))
	// All fragments of a datagram are one flow, and whole datagrams are another.
	first, later := Classify(frames["first fragment"]), Classify(frames["later fragment"])
	qt.Check(t, qt.Equals(first.Flow(abi.ScopeFlow), later.Flow(abi.ScopeFlow)))
	qt.Check(t, qt.Not(qt.Equals(first.Flow(abi.ScopeFlow), udp4)))
}

func TestParseFlow(t *testing.T) {
	for _, text := range []string{
		"udp 10.0.0.1 5000 10.0.0.2 53", "tcp 2001:db8::1 1 2001:db8::2 65535", "sctp 10.0.0.1 1 10.0.0.2 2",
		"icmp 10.0.0.1 10.0.0.2", "icmp6 fe80::1 ff02::1", "47 10.0.0.1 10.0.0.2", "0 0.0.0.0 0.0.0.0",
	} {
		f, err := ParseFlow(text)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(f.String(), text))
	}
	for _, text := range []string{
		"", "udp", "udp 10.0.0.1 10.0.0.2", "icmp 10.0.0.1", "ppp 10.0.0.1 10.0.0.2", "256 10.0.0.1 10.0.0.2",
		"udp 10.0.0.1 65536 10.0.0.2 53", "udp 10.0.0.1 x 10.0.0.2 53", "udp 10.0.0.1 1 ::2 2", "udp host 1 10.0.0.2 2",
		"udp fe80::1%eth0 1 fe80::2 2", "icmp 10.0.0.1 0 10.0.0.2 0 0",
	} {
		_, err := ParseFlow(text)
		qt.Check(t, qt.IsNotNil(err), qt.Commentf("%q", text))
	}
}
