// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

// frameKinds are what a time to send can, and cannot, be set for by a helper of the kernel at tc: the first two can.
var frameKinds = []frameKind{
	{"IPv4", []byte{0x08, 0x00}, 0},
	{"802.1Q", []byte{0x81, 0x00, 0, 7, 0x08, 0x00}, 4},
	{"QinQ", []byte{0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00}, 8},
	{"802.1Q twice", []byte{0x81, 0x00, 0, 7, 0x81, 0x00, 0, 8, 0x86, 0xdd}, 8},
	{"PPPoE", []byte{0x88, 0x64}, 0},
	{"MPLS", []byte{0x88, 0x47}, 0},
	{"ARP", []byte{0x08, 0x06}, 0},
	{"LLDP", []byte{0x88, 0xcc}, 0},
}

const (
	framesOfAKind = 20
	lateFrame     = 0.5 // ms, for the median
)

// TestFramesWait has frames of all kinds wait, take turns and come twice, in both directions and modes. Nothing is
// counted as delayed that was not. It needs a time of its own, as TestDelays does.
func TestFramesWait(t *testing.T) {
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				settle(t, "up", "MODE="+mode, "GUARD=off", "FAULT=delay 1ms; delay 1ms out")
				for _, w := range []way{arriving, leaving} {
					ends := openEnds(t, w)
					for _, kind := range frameKinds {
						delayFrames(t, w, ends, kind)
						rateFrames(t, w, ends, kind)
						repeatFrames(t, w, ends, kind)
					}
				}
			})
		})
	}
}

func delayFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	const asked = 50
	force(t, plan(t, "delay 50ms len 250"+w.word()))
	came := ends.send(t, kind, framesOfAKind, 2*time.Millisecond, 0)
	waits := newSample(came)
	qt.Assert(t, qt.HasLen(waits, framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	t.Logf("%s, %s, asked for %d ms: %v", w.name, kind.name, asked, waits)
	qt.Check(t, qt.IsTrue(waits[0] >= asked && waits.quantile(0.5) < asked+lateFrame))
	checkFrames(t, kind, framesOfAKind)
}

// checkFrames holds what was counted of them against the book.
func checkFrames(t *testing.T, kind frameKind, delayed uint64) {
	rule := counters(t).Rules[0].Counters
	note := qt.Commentf("%s", kind.name)
	qt.Check(t, qt.Equals(rule.Matched, abi.Tally{Packets: framesOfAKind, Bytes: framesOfAKind * frameSize}), note)
	qt.Check(t, qt.Equals(rule.Delayed, delayed), note)
	qt.Check(t, qt.Equals(rule.Undelayed, 0), note)
}

// rateFrames sends frames at ten times the rate. From the first to the last they take turns of 5 ms.
func rateFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	const turn = 5 * time.Millisecond // of 250 bytes
	force(t, plan(t, "rate 400kbit queue 1s len 250"+w.word()))
	came := ends.send(t, kind, framesOfAKind, turn/10, framesOfAKind*turn)
	qt.Assert(t, qt.HasLen(came, framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	slices.SortFunc(came, func(a, b arrival) int { return int(a.at - b.at) })
	took := came[len(came)-1].at - came[0].at
	t.Logf("%s, %s, turns of %v: all took %v", w.name, kind.name, turn, took)
	qt.Check(t, qt.IsTrue(took > (framesOfAKind-1)*turn-time.Millisecond && took < (framesOfAKind-1)*turn+turn))
	checkFrames(t, kind, framesOfAKind)
}

func repeatFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	force(t, plan(t, "delay 20ms duplicate 100% len 250"+w.word()))
	waits := newSample(ends.send(t, kind, framesOfAKind, 2*time.Millisecond, 0))
	qt.Assert(t, qt.HasLen(waits, 2*framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	qt.Check(t, qt.IsTrue(waits[0] >= 20 && waits.quantile(0.5) < 20+lateFrame))
	checkFrames(t, kind, framesOfAKind)
}
