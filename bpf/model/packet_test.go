// SPDX-License-Identifier: MIT

package model

import (
	"maps"
	"slices"
	"testing"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"
)

const (
	known4  = abi.KindIP | abi.KindProtocol
	known6  = abi.KindIP6 | abi.KindProtocol
	ports   = abi.KindPorts
	udpPort = abi.KindUDP | ports
	tcpPort = abi.KindTCP | ports
)

// kinds are what the frames are.
var kinds = map[string]uint32{
	"arp":           abi.KindARP,
	"arp in a VLAN": abi.KindARP,
	"udp":           known4 | udpPort,
	"udp in a VLAN": known4 | udpPort,
	"udp in two":    known4 | udpPort,
	"udp in three":  0,
	"options":       known4 | udpPort,
	"tcp":           known4 | tcpPort,
	"syn":           known4 | tcpPort | abi.KindSYN,
	"syn ack":       known4 | tcpPort,
	"sctp":          known4 | ports,
	"icmp":          known4 | abi.KindICMP,
	"icmp6 in ip":   known4,
	"gre":           known4,

	"first fragment": known4 | udpPort,
	"later fragment": known4 | abi.KindUDP,

	"version 5":     0,
	"header of 16":  0,
	"header cut":    0,
	"padded":        known4 | abi.KindUDP,
	"length of 0":   known4 | udpPort,
	"ip6 as ip":     0,
	"ethertype 800": 0,

	"tcp6":       known6 | tcpPort | abi.KindSYN,
	"icmp6":      known6 | abi.KindICMP6,
	"nd":         known6 | abi.KindICMP6 | abi.KindND,
	"redirect":   known6 | abi.KindICMP6 | abi.KindND,
	"mld":        known6 | abi.KindICMP6,
	"icmp in 6":  known6,
	"no next":    known6,
	"jumbo6":     known6 | udpPort,
	"short tcp6": known6 | tcpPort,

	"tcp6 behind extensions": known6 | tcpPort | abi.KindSYN,
	"eight extensions":       known6 | udpPort,
	"nine extensions":        abi.KindIP6,
	"extension cut":          abi.KindIP6,
	"first fragment6":        known6 | udpPort,
	"later fragment6":        known6 | abi.KindUDP,
	"later of options":       known6,
	"atomic fragment":        known6 | udpPort,
	"fragments nested":       known6 | udpPort,

	"empty": 0,
	"runt":  0,
	"llc":   0,
}

// tags are how many VLAN tags those frames have that have any, of which three are one too many to look through.
var tags = map[string]uint32{"arp in a VLAN": 1, "udp in a VLAN": 1, "udp in two": 2, "udp in three": 2}

func TestClassify(t *testing.T) {
	qt.Assert(t, qt.DeepEquals(slices.Sorted(maps.Keys(frames)), slices.Sorted(maps.Keys(kinds))))
	for name, frame := range frames {
		p := Classify(frame)
		qt.Check(t, qt.Equals(p.Kinds, kinds[name]), qt.Commentf("%s: %#x, want %#x", name, p.Kinds, kinds[name]))
		qt.Check(t, qt.Equals(p.Length, uint32(len(frame))-4*tags[name]), qt.Commentf("%s", name))
	}
}

func TestFragments(t *testing.T) {
	for name, want := range map[string]bool{
		"udp": false, "tcp": false, "first fragment": true, "later fragment": true, "tcp6": false,
		"first fragment6": true, "later fragment6": true, "atomic fragment": false, "fragments nested": true,
	} {
		qt.Check(t, qt.Equals(Classify(frames[name]).Fragment, want), qt.Commentf("%s", name))
	}
}

func TestFields(t *testing.T) {
	p := Classify(frames["udp in two"])
	qt.Check(t, qt.Equals(p, Packet{
		Kinds: known4 | udpPort, Ethertype: ethertypeIPv4, Protocol: protoUDP, Length: 42,
		Source: [16]byte{10, 0, 0, 1}, Destination: [16]byte{10, 0, 0, 2}, SourcePort: 5000, DestinationPort: 53,
	}))
	qt.Check(t, qt.Equals(Classify(frames["later of options"]).Protocol, protoDestination))
	qt.Check(t, qt.Equals(Classify(frames["udp in three"]).Ethertype, ethertypeVLAN))
	qt.Check(t, qt.Equals(Classify(frames["udp in a VLAN"][:17]), Packet{Length: 17}))
	qt.Check(t, qt.Equals(Classify(frames["udp in two"][:21]), Packet{Length: 17}))
	qt.Check(t, qt.Equals(Classify(frames["runt"]).Ethertype, 0))
}

// A frame that is cut is never more than the whole.
func TestCutFrames(t *testing.T) {
	for name, frame := range frames {
		whole := Classify(frame)
		for size := range frame {
			cut := Classify(frame[:size])
			qt.Assert(t, qt.Equals(cut.Kinds&^whole.Kinds, 0), qt.Commentf("%s cut to %d bytes", name, size))
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, frame := range frames {
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		p := Classify(frame)
		p.Flow(abi.ScopeFlow)
		has := func(bits uint32) bool { return p.Kinds&bits == bits }
		implies := func(kind, bits uint32) {
			t.Helper()
			qt.Assert(t, qt.IsTrue(!has(kind) || has(bits)), qt.Commentf("%#x without %#x", kind, bits))
		}
		for _, kind := range []uint32{abi.KindTCP, abi.KindUDP, abi.KindICMP, abi.KindICMP6, abi.KindPorts} {
			implies(kind, abi.KindProtocol)
		}
		implies(abi.KindSYN, abi.KindTCP|abi.KindPorts)
		implies(abi.KindND, abi.KindICMP6)
		implies(abi.KindICMP6, abi.KindIP6)
		implies(abi.KindICMP, abi.KindIP)
		qt.Assert(t, qt.IsFalse(has(abi.KindIP|abi.KindIP6)))
		qt.Assert(t, qt.IsTrue(has(abi.KindPorts) || p.SourcePort|p.DestinationPort == 0))
		qt.Assert(t, qt.IsTrue(has(abi.KindProtocol) || p.Protocol == 0))
		qt.Assert(t, qt.IsTrue(p.Kinds&(abi.KindIP|abi.KindIP6) != 0 || p.Source == [16]byte{}))
	})
}
