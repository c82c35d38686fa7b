// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"fmt"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
	"dilih/scripts/test/testenv"
)

// lengthTable are frames of all kinds with the size of their VLAN tags, of which two at most are looked through.
var lengthTable = []struct {
	is    string
	bytes []byte
	tags  int
}{
	{"ipv4", ethernet().ipv4().udp(1, 2, make([]byte, 200)...).frame(), 0},
	{"802.1Q", ethernet().tag(0x8100, 7).ipv4().udp(1, 2, make([]byte, 200)...).frame(), 4},
	{"802.1ad", ethernet().tag(0x88a8, 7).ipv6().udp(1, 2, make([]byte, 200)...).frame(), 4},
	{"QinQ", ethernet().tag(0x88a8, 7).tag(0x8100, 8).ipv4().udp(1, 2, make([]byte, 200)...).frame(), 8},
	{"802.1Q twice", ethernet().tag(0x8100, 7).tag(0x8100, 8).ipv4().udp(1, 2, make([]byte, 200)...).frame(), 8},
	{"three tags", ethernet().tag(0x8100, 7).tag(0x8100, 8).tag(0x8100, 9).ipv4().udp(1, 2, make([]byte, 200)...).frame(), 8},
	{"tagged ARP", ethernet().tag(0x8100, 7).arp().frame(), 4},
	{"ARP", ethernet().arp().frame(), 0},
	{"LLDP", ethernet().ethertype(0x88cc, make([]byte, 90)...).frame(), 0},
	{"MPLS", ethernet().ethertype(0x8847, make([]byte, 90)...).frame(), 0},
	{"PPPoE", ethernet().ethertype(0x8864, make([]byte, 90)...).frame(), 0},
	{"tagged PPPoE", ethernet().tag(0x8100, 7).ethertype(0x8864, make([]byte, 90)...).frame(), 4},
	{"shortest tag", ethernet().tag(0x8100, 7).cut(18), 4},
	{"tag cut off", ethernet().tag(0x8100, 7).cut(17), 0},
	{"second tag cut off", ethernet().tag(0x8100, 7).tag(0x8100, 8).cut(21), 4},
}

// TestLengthsAreWithoutTags asks for the length of each frame at each hook, and counts its bytes. The rule before the
// last is off by one, and the rule before that asks for nothing.
func TestLengthsAreWithoutTags(t *testing.T) {
	loaded := kerneltest.Load(t)
	for _, at := range hookCases {
		decideAt(loaded, at.hook)
		for _, frame := range lengthTable {
			bytes := at.carries(frame.bytes)
			if bytes == nil || len(bytes) < at.least(bytes) {
				continue
			}
			note := qt.Commentf("%s at %s", frame.is, at.name)
			want := uint64(len(bytes) - frame.tags)
			qt.Check(t, qt.Equals(uint64(at.classify(bytes).Length), want), note)
			for _, text := range []string{fmt.Sprintf("drop 100%% len %d-%[1]d", want), "drop 100%"} {
				if at.hook.Direction() == abi.DirectionOut {
					text += " out"
				}
				force(loaded, text, 1)
				before := loaded.TotalsOf(at.hook.Direction()).Dropped
				qt.Check(t, qt.Equals(loaded.RunAt(at.hook, bytes), at.lost), note)
				after := loaded.TotalsOf(at.hook.Direction()).Dropped
				qt.Check(t, qt.Equals(loaded.Counters(0).Matched, abi.Tally{Packets: 1, Bytes: want}), note)
				qt.Check(t, qt.Equals(after.Bytes-before.Bytes, want), note)
			}
		}
	}
}

// TestLengthsOnACable sends each frame over a veth, once as it is and once with another tag beside it, which generic XDP
// does not see. All hooks agree on its length. The kernel takes the first tag out of the frame before tc ingress.
func TestLengthsOnACable(t *testing.T) {
	for _, mode := range []int{nl.XDP_FLAGS_SKB_MODE, nl.XDP_FLAGS_DRV_MODE} {
		for _, beside := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v, mode %d", beside, mode), func(t *testing.T) { measureOnACable(t, mode, beside) })
		}
	}
}

func measureOnACable(t *testing.T, mode int, beside bool) {
	loaded := kerneltest.Load(t)
	enterQuietNamespace(t)
	a, b := addVeth(t, usualMTU)
	if beside {
		addTag(t, a)
	}
	addOut(t, a, loaded.Program(abi.HookTCOut))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(b, loaded.Program(abi.HookXDP).FD(), mode)))
	addFilterAt(t, b, loaded.Program(abi.HookTCIn), netlink.HANDLE_MIN_INGRESS, 1)
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { unix.Close(socket) })
	loaded.Marking = true
	for _, hook := range []abi.Hook{abi.HookXDP, abi.HookTCIn} {
		loaded.Arriving = hook
		for _, frame := range lengthTable {
			// With a tag beside, one of those in the frame is the third.
			if beside && frame.tags > 4 || frame.is == "three tags" || len(frame.bytes) < 60 {
				continue
			}
			want := abi.Tally{Packets: 1, Bytes: uint64(len(frame.bytes) - frame.tags)}
			set, rules := encode(t, fmt.Sprintf("drop 100%% len %d-%[1]d\npass out len %[1]d-%[1]d", want.Bytes), 1)
			loaded.Put(set, rules...)
			to := &unix.SockaddrLinklayer{Ifindex: a.Attrs().Index, Protocol: htons(unix.ETH_P_ALL)}
			qt.Assert(t, qt.IsNil(unix.Sendto(socket, frame.bytes, 0, to)))
			testenv.Await(t, func() bool { return loaded.Counters(0).Matched.Packets > 0 })
			qt.Check(t, qt.Equals(loaded.Counters(0).Dropped, want), qt.Commentf("%s, decided at hook %d", frame.is, hook))
			qt.Check(t, qt.Equals(loaded.Counters(1).Matched, want), qt.Commentf("%s, out", frame.is))
		}
	}
	qt.Check(t, qt.Equals(loaded.Totals().Unmarked, 0)) // no mark is lost with a tag
}

// TestModelLengths holds the model against the table.
func TestModelLengths(t *testing.T) {
	for _, frame := range lengthTable {
		qt.Check(t, qt.Equals(int(model.Classify(frame.bytes).Length), len(frame.bytes)-frame.tags), qt.Commentf("%s", frame.is))
	}
}
