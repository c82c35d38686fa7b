// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

// inNetem does something while netem is at the sending end of a way.
func inNetem(t *testing.T, w way, words string, do func()) {
	t.Helper()
	at := "peer "
	if w.out {
		at = ""
	}
	output(t, at+"tc qdisc add dev "+device+" root netem "+words)
	defer output(t, at+"tc qdisc del dev "+device+" root")
	do()
}

const (
	rate      = 10e6 // bits per second
	padding   = 984
	frameBits = 8 * (14 + 20 + 8 + 16 + padding) // of a frame
	turn      = frameBits / (rate / 1e9) * time.Nanosecond
	full      = 50 * time.Millisecond // that a packet waits at most for its turn
)

// TestRates sends 4,000 packets at 1.67 times a rate. What comes does so at that rate, as it does from netem, and what
// does not come is what had no room in the queue.
func TestRates(t *testing.T) {
	labtest.Run(t, labtest.Quiet, func() {
		for _, w := range []way{arriving, leaving} {
			inNetem(t, w, "rate 10mbit limit 60", func() {
				_, came := overload(t, w)
				t.Logf("%s, netem: %d came, %.3f Mbit/s", w.name, len(came), goodput(came)/1e6)
			})
		}
		settle(t, "up", "FAULT=delay 1ms udp; delay 1ms out udp")
		for _, w := range []way{arriving, leaving} {
			before := totalsOf(t, w)
			force(t, plan(t, "rate 10mbit udp"+w.word()))
			sent, came := overload(t, w)
			after := totalsOf(t, w)
			t.Logf("%s, dilih: %d came, %.3f Mbit/s", w.name, len(came), goodput(came)/1e6)
			qt.Check(t, qt.Equals(entered(after)-entered(before), sent))
			qt.Check(t, qt.Equals(after.Passed.Packets-before.Passed.Packets, uint64(len(came))))
			qt.Check(t, qt.Equals(after.QueueDropped.Packets-before.QueueDropped.Packets, sent-uint64(len(came))))
			qt.Check(t, qt.IsTrue(uint64(len(came)) < sent))
			// The clock of the sender and the last packet's turn are all that is not the rate's.
			qt.Check(t, qt.IsTrue(goodput(came) > 0.995*rate && goodput(came) < 1.001*rate))
			waits := newSample(came)
			qt.Check(t, qt.IsTrue(waits.quantile(1) > ms(full) && waits.quantile(0.99) < ms(full+turn)+lateTail))
		}
	})
}

func overload(t *testing.T, w way) (sent uint64, came []arrival) {
	return startStream(t, w, 4000, 500*time.Microsecond, padding).end(longest)
}

// goodput is in bits per second, without the turn of the first.
func goodput(came []arrival) float64 {
	return float64(len(came)-1) * frameBits / (came[len(came)-1].at - came[0].at).Seconds()
}

func totalsOf(t *testing.T, w way) abi.Totals {
	t.Helper()
	if w.out {
		return counters(t).Totals[abi.DirectionOut]
	}
	return counters(t).Totals[abi.DirectionIn]
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// TestTCPOverDelay sends 8 MiB over 20 ms. What holds the packets back does not count against the socket, so that a
// connection gets as much as from netem: what its window allows, which is small here, for an emulated CPU not to be the
// limit.
func TestTCPOverDelay(t *testing.T) {
	labtest.Run(t, labtest.Quiet, func() {
		const bytes = 8 << 20
		var byNetem time.Duration
		output(t, "peer sysctl -qw net.ipv4.tcp_rmem='4096 131072 131072'")
		inNetem(t, leaving, "delay 20ms limit 100000", func() { byNetem = transfer(t, bytes) })
		settle(t, "up", "FAULT=delay 20ms out tcp")
		took := transfer(t, bytes)
		t.Logf("%.1f Mbit/s, and over netem %.1f", 8*bytes/1e6/took.Seconds(), 8*bytes/1e6/byNetem.Seconds())
		qt.Check(t, qt.IsTrue(took.Seconds() <= byNetem.Seconds()/0.95))
	})
}
