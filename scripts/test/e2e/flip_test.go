// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

const (
	flips    = 1000
	flipStep = 10 // flips that one bpftool makes
)

// TestFlips has XDP and tc take turns in deciding what arrives, under traffic, all of which is to be dropped. No packet
// may slip through between them, and none may be decided twice. With programs that both look at who decides, some
// 40 of 200,000 came through.
func TestFlips(t *testing.T) {
	labtest.BuildTree(t)
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() { flip(t, mode) })
		})
	}
}

func flip(t *testing.T, mode string) {
	needFQ(t)
	settle(t, "up", "MODE="+mode, "FAULT=drop 100% udp; delay 1ms icmp")
	there, back := roundTrip(t)
	before, lost := entered(counters(t).Totals[abi.DirectionIn]), lostByCable(t)
	traffic := startStream(t, arriving, 0, 0, 0)
	var turns strings.Builder
	for turn := range flips {
		generation := uint32(2 * (turn + 1))
		turns.WriteString(later(t, there, generation) + later(t, back, generation))
		if turn%flipStep == flipStep-1 {
			force(t, turns.String())
			turns.Reset()
		}
	}
	traffic.stop.Store(true)
	sent, came := traffic.end(0)
	state := counters(t)
	lost = lostByCable(t) - lost
	t.Logf("%d flips there and back under %d packets, of which the cable lost %d", flips, sent, lost)
	qt.Check(t, qt.HasLen(came, 0))
	qt.Check(t, qt.Equals(entered(state.Totals[abi.DirectionIn])-before, sent-lost))
	qt.Check(t, qt.Equals(state.Control.Arriving, abi.HookXDP))
	qt.Check(t, qt.IsTrue(sent > flips), qt.Commentf("too little traffic to say anything"))
}

// TestFaultsFlip has the scripts do so, which also begin and end the marks of XDP and attach and detach tc_in.
func TestFaultsFlip(t *testing.T) {
	labtest.BuildTree(t)
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				needFQ(t)
				settle(t, "up", "MODE="+mode, "FAULT=drop 100% udp")
				lost := lostByCable(t)
				traffic := startStream(t, arriving, 0, 0, 0)
				for range 3 {
					settle(t, "fault", "FAULT=drop 100% udp; delay 1ms icmp")
					qt.Check(t, qt.Equals(counters(t).Control.Marking, 1))
					settle(t, "fault", "FAULT=drop 100% udp")
					qt.Check(t, qt.Equals(counters(t).Control.Marking, 0))
				}
				traffic.stop.Store(true)
				sent, came := traffic.end(0)
				totals := counters(t).Totals[abi.DirectionIn]
				lost = lostByCable(t) - lost
				t.Logf("%d packets, of which the cable lost %d", sent, lost)
				qt.Check(t, qt.HasLen(came, 0))
				qt.Check(t, qt.Equals(entered(totals), sent-lost))
				qt.Check(t, qt.Equals(totals.Unmarked, 0))
				qt.Check(t, qt.Equals(totals.Undelayed, 0))
			})
		})
	}
}

// roundTrip is what moves the decision from XDP to tc, and back.
func roundTrip(t *testing.T) (there, back string) {
	next := func(words ...string) string {
		batch := plan(t, words...)
		force(t, batch)
		return batch
	}
	next("drop 100% udp")
	next("--settle")
	there = next("drop 100% udp; delay 1ms icmp")
	back = next("drop 100% udp")
	return there, back + next("--settle")
}

// later is the batch as it would be so many generations later, an even number, as it is for one bank. To plan each
// again would take minutes in an emulated machine.
func later(t *testing.T, batch string, generations uint32) string {
	var lines strings.Builder
	for line := range strings.Lines(batch) {
		words := strings.Fields(line)
		if words[0] == "map" {
			switch filepath.Base(words[3]) {
			case abi.SetsMap:
				addInHex(t, words[12+unsafe.Offsetof(abi.FaultSet{}.Generation):], generations)
			case abi.ControlMap:
				addInHex(t, words[12+unsafe.Offsetof(abi.Control{}.Generation):], generations)
			}
		}
		fmt.Fprintln(&lines, strings.Join(words, " "))
	}
	return lines.String()
}

// addInHex adds to the number that these begin with, a byte each.
func addInHex(t *testing.T, words []string, more uint32) {
	raw, err := hex.DecodeString(strings.Join(words[:4], ""))
	qt.Assert(t, qt.IsNil(err))
	for i, b := range binary.NativeEndian.AppendUint32(nil, binary.NativeEndian.Uint32(raw)+more) {
		words[i] = fmt.Sprintf("%02x", b)
	}
}

// lostByCable is what the veth of the peer has had no room for: that never arrived.
func lostByCable(t *testing.T) uint64 {
	lost, err := strconv.ParseUint(output(t, "peer ip -s -j link show dev "+device+" | jq '.[0].stats64.tx.dropped'"), 10, 64)
	qt.Assert(t, qt.IsNil(err))
	return lost
}
