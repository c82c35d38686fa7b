// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

const (
	batches   = 64
	batchSize = 1024
)

// TestNetemLosesTheSame gives the same Gilbert-Elliott chain to netem, which loses what the peer sends,
// and to dilih, which loses what the host gets. A chain that is good is bad next with 5 %, and good
// again with 20 %, and so is bad for a fifth of the time; it then loses 70 %, and else 2 %. Both must
// lose as much as that comes to, in bursts as long. It needs netem, which not every kernel has: it is
// for `make vm-test`.
func TestNetemLosesTheSame(t *testing.T) {
	const loss = 0.2*0.7 + 0.8*0.02
	// A burst begins where a packet is not lost and the next one is.
	const burst = loss / (0.2*0.3*(0.8*0.7+0.2*0.02) + 0.8*0.98*(0.05*0.7+0.95*0.02))
	for name, start := range map[string]func(t *testing.T) *exec.Cmd{"netem": netem, "dilih": dilih} {
		t.Run(name, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				send := func(n int) []bool { return sendNumbered(t, peerAddress+":0", hostAddress+":0", n) }
				qt.Assert(t, qt.Equals(losses(send(4*batchSize)), 0))
				out, err := start(t).CombinedOutput()
				qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
				var share, excess []float64
				for batch := range slices.Chunk(send(batches*batchSize), batchSize) {
					share = append(share, float64(losses(batch))/batchSize)
					excess = append(excess, float64(losses(batch))-burst*float64(bursts(batch)))
				}
				near(t, "share of packets lost", share, loss)
				near(t, "losses a batch beyond those of bursts as expected", excess, 0)
			})
		})
	}
}

func netem(*testing.T) *exec.Cmd {
	return exec.Command("peer", "tc", "qdisc", "add", "dev", device, "root", "netem", "limit", "100000",
		"loss", "gemodel", "5%", "20%", "70%", "2%")
}

func dilih(t *testing.T) *exec.Cmd {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	up := exec.Command("../../up")
	up.Env = append(os.Environ(), "DEV="+device, "PIN="+pin, fmt.Sprint("SEED=", seed), "FAULT=drop gemodel 5% 20% 70% 2%")
	return up
}

func losses(lost []bool) int {
	n := 0
	for _, is := range lost {
		if is {
			n++
		}
	}
	return n
}

// bursts counts the runs of losses that begin after a packet that is not lost.
func bursts(lost []bool) int {
	n := 0
	for i := 1; i < len(lost); i++ {
		if lost[i] && !lost[i-1] {
			n++
		}
	}
	return n
}

// near holds the mean of batches against what is expected. Batches follow each other, but a chain
// forgets within some 20 packets, so they are as good as independent, and their spread tells how far
// the mean may be off: with 64, 6.5 standard errors are exceeded less than once in ten million times.
func near(t *testing.T, what string, batches []float64, expected float64) {
	var sum, squares float64
	for _, x := range batches {
		sum += x
		squares += x * x
	}
	n := float64(len(batches))
	mean := sum / n
	standardError := math.Sqrt((squares/n - mean*mean) / (n - 1))
	t.Logf("%s: %.4f, expected %.4f, standard error %.4f", what, mean, expected, standardError)
	qt.Check(t, qt.IsTrue(math.Abs(mean-expected) <= 6.5*standardError), qt.Commentf("%s", what))
}
