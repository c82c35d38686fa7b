// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
)

// matchRules are rules of the matches that drop everything.
func matchRules(tb testing.TB) (abi.FaultSet, []abi.Rule) {
	tb.Helper()
	return encode(tb, "drop "+strings.Join(matches[:], "\ndrop "), 1)
}

// matched are the packets that each rule has matched.
func matched(loaded *kerneltest.Loaded) (counts [len(matches)]uint64) {
	for i := range matches {
		counts[i] = loaded.Counters(i).Matched.Packets
	}
	return counts
}

// matchOf lets a packet come in and is the index of the rule that counts it, or -1.
func matchOf(loaded *kerneltest.Loaded, packet []byte) int {
	loaded.TB.Helper()
	before := matched(loaded)
	loaded.Run(packet)
	for i, count := range matched(loaded) {
		if count != before[i] {
			return i
		}
	}
	return -1
}

func TestPacketsMatchTheirRule(t *testing.T) {
	loaded := kerneltest.Load(t)
	set, rules := matchRules(t)
	loaded.Put(set, rules...)
	for _, packet := range packetTable {
		want := slices.Index(matches[:], packet.match)
		qt.Check(t, qt.Equals(matchOf(loaded, packet.bytes), want), qt.Commentf("%s", packet.is))
		qt.Check(t, qt.Equals(model.Match(rules, packet.bytes), want), qt.Commentf("%s, by the model", packet.is))
	}
}

// TestTruncatedPackets cuts each packet at every byte that BPF_PROG_TEST_RUN allows.
func TestTruncatedPackets(t *testing.T) {
	loaded := kerneltest.Load(t)
	set, rules := matchRules(t)
	loaded.Put(set, rules...)
	for _, packet := range packetTable {
		for size := 14; size < min(len(packet.bytes), 128); size++ {
			cut := packet.bytes[:size]
			qt.Assert(t, qt.Equals(matchOf(loaded, cut), model.Match(rules, cut)), qt.Commentf("%s cut to %d bytes", packet.is, size))
		}
	}
}

// TestMutatedPackets changes packets at random. A rule drops or passes by turns, so that the verdict
// tells neighbours apart, and the counters of all rules are compared now and then.
func TestMutatedPackets(t *testing.T) {
	const packets, compared = 1_000_000, 10_000
	loaded := kerneltest.Load(t)
	set, rules := matchRules(t)
	for i := range rules {
		rules[i].Action = abi.Action(i % 2)
	}
	loaded.Put(set, rules...)
	random := rand.New(rand.NewPCG(newSeed(t), 0))
	var want [len(matches)]uint64
	for n := range packets {
		data := mutate(random, packetTable[random.IntN(len(packetTable))].bytes)
		i := model.Match(rules, data)
		dropped := i >= 0 && rules[i].Action == abi.ActionDrop
		if loaded.Run(data) == xdpDrop != dropped {
			t.Fatalf("the model says rule %d, and the kernel drops: %v: % x", i, !dropped, data)
		}
		if i >= 0 {
			want[i]++
		}
		if n%compared == compared-1 {
			qt.Assert(t, qt.Equals(matched(loaded), want), qt.Commentf("after %d packets", n+1))
		}
	}
}

// mutate changes a few bytes where the headers are, and now and then the length.
func mutate(random *rand.Rand, packet []byte) []byte {
	data := slices.Clone(packet)
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
