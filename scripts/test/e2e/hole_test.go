// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

// breaks are what others may do to the queue of what arrives while packets go through it. The kernel loses what a
// filter sends to a device that is not there.
var breaks = []struct {
	command string
	loses   bool
}{
	{"ip link del $queue", true},
	{"ip link set $queue down", true},
	{"tc filter del dev eth0 ingress pref 2", false},
	{"tc filter del dev eth0 ingress", false},
	{"tc qdisc del dev eth0 clsact", false},
}

const lease = 2 * time.Second

// TestQueueTakenAway breaks the queue. Whatever is lost then is so for the lease at most, the next fault mends it, and
// nothing stays after the end.
func TestQueueTakenAway(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Quiet, func() {
		needFQ(t)
		for _, b := range breaks {
			settle(t, "up", "FAULT=delay 1ms udp")
			breakQueue(t, b.command)
			force(t, plan(t, "--for", lease.String()))
			qt.Check(t, qt.Equals(comes(t) == 0, b.loses), qt.Commentf("%s", b.command))
			time.Sleep(lease)
			qt.Check(t, qt.Equals(comes(t), few), qt.Commentf("%s, after the lease", b.command))
			settle(t, "fault", "FAULT=delay 1ms udp")
			qt.Check(t, qt.Equals(comes(t), few), qt.Commentf("%s, mended", b.command))
			rules := counters(t).Rules
			qt.Check(t, qt.Equals(rules[len(rules)-1].Counters.Delayed, few), qt.Commentf("%s, mended", b.command))
			breakQueue(t, b.command)
			settle(t, "down")
			nothingLeft(t)
		}
	})
}

const few = uint64(50)

func breakQueue(t *testing.T, command string) {
	output(t, "queue=$(ip -o link show type ifb | cut -d: -f2); "+command)
}

// comes is how many of a few packets come.
func comes(t *testing.T) uint64 {
	sent, came := startStream(t, arriving, int(few), time.Millisecond, 0).end(0)
	qt.Assert(t, qt.Equals(sent, few))
	return uint64(len(came))
}

// TestDeviceTakenAway: what waited for a device that is gone goes with the next verb.
func TestDeviceTakenAway(t *testing.T) {
	labtest.BuildTree(t)
	for _, verb := range []string{"down", "up"} {
		t.Run(verb, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				needFQ(t)
				settle(t, "up", "FAULT=delay 500ms udp; delay 500ms out udp")
				traffic := startStream(t, arriving, int(few), time.Millisecond, 0)
				<-time.After(100 * time.Millisecond)
				output(t, "ip link del "+device)
				traffic.heardAll.Store(true)
				if verb == "up" {
					output(t, fmt.Sprintf("ip link add %s type veth peer name other; ip link set %[1]s up", device))
					settle(t, "up", "FAULT=delay 1ms udp")
				}
				settle(t, "down", "DEV=")
				nothingLeft(t)
			})
		})
	}
}
