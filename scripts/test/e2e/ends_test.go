// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

const atEnds = 2000 // datagrams

// TestBothEndsLoseTheSame sends the same flow twice: its packets are lost where they leave, and then where they arrive.
// With the same seed they are the same ones, and those that the reader predicts.
func TestBothEndsLoseTheSame(t *testing.T) {
	labtest.BuildTree(t)
	for _, ends := range [][2]string{{peerAddress, hostAddress}, {peerAddress6, hostAddress6}} {
		for _, process := range []string{"30% per flow", "30% burst 4 per flow", "every 7 per peer"} {
			t.Run(ends[0]+" "+process, func(t *testing.T) {
				t.Parallel()
				labtest.Run(t, labtest.Quiet, func() { loseAtBothEnds(t, ends[0], ends[1], process) })
			})
		}
	}
}

func loseAtBothEnds(t *testing.T, from, to, process string) {
	qt.Assert(t, qt.IsNil(addIPv6()))
	seed := fmt.Sprint(rand.Uint64N(1 << 53))
	t.Logf("seed %s", seed)
	fault := "drop " + process + " udp dport 6000"
	want := predicted(t, seed, fault, fmt.Sprintf("udp %s 5000 %s 6000", from, to))
	for where, settings := range map[string][]string{
		"where they leave":  {"FAULT=" + fault + " out", "NETNS=peer"},
		"where they arrive": {"FAULT=" + fault},
	} {
		settle(t, "up", append(settings, "SEED="+seed)...)
		lost := sendNumbered(t, net.JoinHostPort(from, "5000"), net.JoinHostPort(to, "6000"), atEnds)
		qt.Assert(t, qt.DeepEquals(lost, want), qt.Commentf("%s", where))
		settle(t, "down", "DEV=")
	}
}

// predicted is what the reader says of each of the first datagrams: whether it will be lost.
func predicted(t *testing.T, seed, fault, flow string) []bool {
	out, err := exec.Command("../../../dilih-reader", "predict", "--seed", seed, "--packets", fmt.Sprint(atEnds), "--flow", flow, fault).Output()
	qt.Assert(t, qt.IsNil(err))
	lost := make([]bool, atEnds)
	for _, line := range strings.Fields(string(out)) {
		number, err := strconv.Atoi(line)
		qt.Assert(t, qt.IsNil(err))
		lost[number-1] = true
	}
	return lost
}

// settle runs a verb with settings.
func settle(t *testing.T, verb string, settings ...string) {
	t.Helper()
	script := exec.Command("../../" + verb)
	script.Env = append(append(os.Environ(), "DEV="+device, "PIN="+pin), settings...)
	out, err := script.CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
}
