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

// matchRules puts rules of the matches in force, by turns to drop and to pass, so that the verdict tells
// neighbours apart.
func matchRules(loaded *kerneltest.Loaded, hook abi.Hook) []abi.Rule {
	loaded.TB.Helper()
	decideAt(loaded, hook)
	set, rules := encode(loaded.TB, "drop "+strings.Join(matches[:], "\ndrop "), 1)
	for i := range rules {
		rules[i].Direction, rules[i].Action = hook.Direction(), abi.Action(i%2)
	}
	loaded.Put(set, rules...)
	return rules
}

// matched are the packets that each rule has matched.
func matched(loaded *kerneltest.Loaded) (counts [len(matches)]uint64) {
	for i := range matches {
		counts[i] = loaded.Counters(i).Matched.Packets
	}
	return counts
}

// matchAt lets a packet come to a hook and is the index of the rule that counts it, or -1.
func matchAt(loaded *kerneltest.Loaded, at hookCase, packet []byte) int {
	loaded.TB.Helper()
	before := matched(loaded)
	loaded.RunAt(at.hook, packet)
	for i, count := range matched(loaded) {
		if count != before[i] {
			return i
		}
	}
	return -1
}

func TestPacketsMatchTheirRule(t *testing.T) {
	loaded := kerneltest.Load(t)
	for _, at := range hookCases {
		rules := matchRules(loaded, at.hook)
		for _, packet := range packetTable {
			bytes := at.carries(packet.bytes)
			if bytes == nil || len(bytes) < at.least(bytes) {
				continue
			}
			want := slices.Index(matches[:], packet.match)
			qt.Check(t, qt.Equals(matchAt(loaded, at, bytes), want), qt.Commentf("%s at %s", packet.is, at.name))
			qt.Check(t, qt.Equals(model.Match(rules, at.classify(bytes)), want), qt.Commentf("%s at %s, by the model", packet.is, at.name))
		}
	}
}

// TestTruncatedPackets cuts each packet at every byte that BPF_PROG_TEST_RUN allows.
func TestTruncatedPackets(t *testing.T) {
	loaded := kerneltest.Load(t)
	for _, at := range hookCases {
		rules := matchRules(loaded, at.hook)
		for _, packet := range packetTable {
			bytes := at.carries(packet.bytes)
			if bytes == nil {
				continue
			}
			for size := at.least(bytes); size < min(len(bytes), 128); size++ {
				cut := bytes[:size]
				want := model.Match(rules, at.classify(cut))
				qt.Assert(t, qt.Equals(matchAt(loaded, at, cut), want), qt.Commentf("%s cut to %d bytes at %s", packet.is, size, at.name))
			}
		}
	}
}

// TestMutatedPackets changes packets at random. The counters of all rules are compared now and then.
func TestMutatedPackets(t *testing.T) {
	for _, at := range hookCases {
		t.Run(at.name, func(t *testing.T) { testMutatedPackets(t, at) })
	}
}

func testMutatedPackets(t *testing.T, at hookCase) {
	const packets, compared = 500_000, 10_000
	loaded := kerneltest.Load(t)
	rules := matchRules(loaded, at.hook)
	random := rand.New(rand.NewPCG(newSeed(t), 0))
	var want [len(matches)]uint64
	for n := range packets {
		bytes := at.carries(packetTable[random.IntN(len(packetTable))].bytes)
		if bytes == nil {
			continue
		}
		data := mutate(random, bytes)
		if len(data) < at.least(data) {
			continue
		}
		i := model.Match(rules, at.classify(data))
		dropped := i >= 0 && rules[i].Action == abi.ActionDrop
		if loaded.RunAt(at.hook, data) == at.lost != dropped {
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
