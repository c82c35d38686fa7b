// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

// TestDecidedOnce has packets go through the queue, from which they come back to the device: each is decided once, and
// what the receiver gets is what the books say.
func TestDecidedOnce(t *testing.T) {
	labtest.BuildTree(t)
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() { decideOnce(t, mode) })
		})
	}
}

func decideOnce(t *testing.T, mode string) {
	needFQ(t)
	settle(t, "up", "MODE="+mode, "FAULT=delay 1ms udp; delay 1ms out udp")
	for _, w := range []way{arriving, leaving} {
		seen := tapPeer(t)
		came := loseAndRepeat(t, w)
		for _, fault := range []string{"duplicate 100%", "drop 10%", "delay 5ms jitter 5ms"} {
			_, more := goThrough(t, w, fault, 1000)
			came += more
		}
		// What waits leaves twice. If one of these ways is a short cut, past taps and filters, the other end must not be.
		if w.out {
			qt.Check(t, qt.Equals(seen(), came))
		}
	}
}

// tapPeer says how many packets a packet socket at the other end has seen since, of all that come and go.
func tapPeer(t *testing.T) (seen func() int) {
	var socket int
	atPeer(t, func() (err error) {
		socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(bits.ReverseBytes16(unix.ETH_P_ALL)))
		return err
	})
	return func() int {
		statistics, err := unix.GetsockoptTpacketStats(socket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.IsNil(unix.Close(socket)))
		return int(statistics.Packets)
	}
}

// loseAndRepeat loses a tenth of 20,000 packets, and a tenth of the others comes twice.
func loseAndRepeat(t *testing.T, w way) (came int) {
	const packets, share = 20_000, 0.1
	rule, came := goThrough(t, w, "drop 10% delay 1ms duplicate 10%", packets)
	for count, of := range map[uint64]float64{rule.Dropped.Packets: packets, rule.Duplicated: packets * (1 - share)} {
		off := math.Abs(float64(count) - of*share)
		qt.Check(t, qt.IsTrue(off < 6*math.Sqrt(of*share*(1-share))), qt.Commentf("%d of %.0f", count, of))
	}
	return came
}

// goThrough sends packets through what a fault does, which has to keep the books on what came.
func goThrough(t *testing.T, w way, fault string, packets int) (rule abi.RuleCounters, arrivals int) {
	seed := rand.Uint64()
	force(t, plan(t, "--seed", fmt.Sprint(seed), fault+w.word()+" udp"))
	sent, came := startStream(t, w, packets, 50*time.Microsecond, 0).end(10 * time.Millisecond)
	rule = counters(t).Rules[0].Counters
	t.Logf("%s, %s, seed %d: %d sent, %d came, %d dropped, %d duplicated", w.name, fault, seed, sent, len(came),
		rule.Dropped.Packets, rule.Duplicated)
	qt.Check(t, qt.Equals(rule.Matched, abi.Tally{Packets: sent, Bytes: sent * (14 + 20 + 8 + 16)}))
	want := map[int]uint64{0: rule.Dropped.Packets, 1: sent - rule.Dropped.Packets - rule.Duplicated, 2: rule.Duplicated}
	for times := range 3 {
		qt.Check(t, qt.Equals(uint64(countTimes(sent, came)[times]), want[times]), qt.Commentf("came %d times", times))
	}
	return rule, len(came)
}
