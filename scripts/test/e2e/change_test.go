// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
)

const (
	pace    = time.Millisecond // of traffic while a script works, which takes half a minute in an emulated machine
	changes = 100
)

// TestNothingLostOnTheWay sends both ways while delays come, change and go: each packet comes, and once. A clsact is
// there before, as the kernel stops a device for some milliseconds while it gets one or loses it, and drops what is to
// leave by it meanwhile.
func TestNothingLostOnTheWay(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Quiet, func() {
		needFQ(t)
		output(t, "tc qdisc add dev "+device+" clsact")
		began := time.Now()
		in, out := startStream(t, arriving, 0, pace, 0), startStream(t, leaving, 0, pace, 0)
		for _, step := range [][]string{
			{"up", "FAULT=delay 50ms udp; delay 50ms out udp"},
			{"fault", "FAULT=delay 5ms jitter 5ms udp; delay 200ms out udp"},
			{"change often"},
			{"fault", "FAULT=drop 0%"},
			{"fault", "FAULT=delay 500ms udp; delay 500ms out udp"},
			{"down"},
		} {
			t.Logf("%6.3f s: %q", time.Since(began).Seconds(), step)
			if len(step) > 1 || step[0] == "down" {
				settle(t, step[0], step[1:]...)
			} else {
				changeOften(t)
			}
		}
		for _, traffic := range []*stream{in, out} {
			traffic.stop.Store(true)
			sent, came := traffic.end(time.Second)
			t.Logf("%d sent", sent)
			for number, times := range times(sent, came) {
				qt.Check(t, qt.Equals(times, 1), qt.Commentf("number %d", number))
			}
		}
		output(t, "tc qdisc del dev "+device+" clsact")
		nothingLeft(t)
	})
}

// changeOften puts other delays in force while packets wait.
func changeOften(t *testing.T) {
	for range changes {
		longest := 1 + rand.IntN(200)
		force(t, plan(t, fmt.Sprintf("delay %dms udp; delay %dms jitter %dms out udp", rand.IntN(100)+1, longest, 1+rand.IntN(longest))))
	}
}

// TestBackToXDP ends a delay while packets wait. XDP decides again what arrives only once these have gone on: they pass
// by XDP once more.
func TestBackToXDP(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Quiet, func() {
		needFQ(t)
		settle(t, "up", "FAULT=delay 200ms udp")
		traffic := startStream(t, arriving, 0, pace, 0)
		time.Sleep(time.Second)
		settle(t, "fault", "FAULT=drop 5% udp")
		time.Sleep(time.Second)
		traffic.stop.Store(true)
		sent, came := traffic.end(time.Second)
		state := counters(t)
		totals := state.Totals[abi.DirectionIn]
		t.Logf("%d sent, %d came, %d delayed, %d dropped", sent, len(came), totals.Delayed, totals.Dropped.Packets)
		qt.Check(t, qt.Equals(state.Control.Arriving, abi.HookXDP))
		qt.Check(t, qt.Equals(entered(totals), sent))
		qt.Check(t, qt.DeepEquals(countTimes(sent, came), map[int]int{0: int(totals.Dropped.Packets), 1: int(totals.Passed.Packets)}))
		settle(t, "down")
		nothingLeft(t)
	})
}

// nothingLeft: neither devices nor qdiscs, filters, programs or pins.
func nothingLeft(t *testing.T) {
	t.Helper()
	qt.Check(t, qt.Equals(output(t, "ip -o link show type ifb; tc qdisc show | grep clsact || :; bpftool net show | grep -E 'dilih|tc_' || :"), ""))
	qt.Check(t, qt.Equals(output(t, "ls /sys/fs/bpf | grep dilih || :"), ""))
}
