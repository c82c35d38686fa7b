// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"dilih/bpf/abi"
	"dilih/bpf/model"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/testenv"
)

func TestLossAndBurst(t *testing.T) {
	const none = -1
	for _, test := range []struct {
		text                            string
		loss, burst, correlation, widen float64
	}{
		{"drop", 1, none, 0, 1},
		{"drop 0%", 0, none, 0, 1},
		{"drop 1%", 0.01, 1 / 0.99, 0, 1},
		{"drop 50%", 0.5, 2, 0, 1},
		{"drop 1% burst 4", 0.01, 4, 0.747474747, 6.92},
		{"drop 50% burst 1", 0.5, 1, -1, 0},
		{"drop 50% burst 3 per flow", 0.5, 3, 1. / 3, 2},
		{"drop 33.33333333% burst 3", 0.3333333333, 3, 0.5, 3},
		{"drop gemodel 1%", 0.01, 1 / 0.99, 0, 1},
		{"drop gemodel 1% 9%", 0.1, 1 / 0.09, 0.9, 19},
		{"drop gemodel 20% 60% 0% 50%", 0.375, 1 / (1 - 0.4), 0.2, 1.1},
		{"drop gemodel 0% 0% 100% 3%", 0.03, 1 / 0.97, 1, 1},
		{"drop gemodel 1% 0%", 1, none, 0.99, 1},
		{"drop gemodel 1% 9% per flow", none, none, 0.9, 19},
		{"drop every 4", 0.25, 1, 0, 1},
		{"drop every 1", 1, none, 0, 1},
		{"drop every 4 per flow", none, none, 0, 1},
		{"drop first 4", none, none, 0, 1},
		{"drop 5% of flows", none, none, 0, 1},
		{"pass tcp", none, none, 0, 1},
	} {
		t.Run(test.text, func(t *testing.T) {
			fault := one(t, test.text)
			or := func(value float64, ok bool) float64 {
				if !ok {
					return none
				}
				return value
			}
			check := func(name string, got, want float64) {
				qt.Check(t, qt.IsTrue(math.Abs(got-want) <= 1e-7), qt.Commentf("%s: %v, want %v", name, got, want))
			}
			check("loss", or(fault.Loss()), test.loss)
			check("burst", or(fault.Burst()), test.burst)
			check("correlation", fault.correlation(), test.correlation)
			check("variance factor", fault.VarianceFactor(), test.widen)
		})
	}
}

// A suggestion that is refused in turn would be worse than none.
func TestNearestBurstsWork(t *testing.T) {
	random := testenv.Random(t)
	refused := 0
	for range testenv.Rounds(20_000) {
		text := fmt.Sprintf("drop %.*f%% burst %.*f", random.IntN(7), 100*random.Float64(),
			random.IntN(4), 1+math.Exp(random.Float64()*18))
		_, err := Parse("test", text)
		if err == nil {
			continue
		}
		refused++
		_, list, ok := strings.Cut(err.Error(), "nearest: ")
		qt.Assert(t, qt.IsTrue(ok), qt.Commentf("%s: %s", text, err))
		for nearest := range strings.SplitSeq(list, ", or ") {
			_, err := Parse("test", nearest)
			qt.Check(t, qt.IsNil(err), qt.Commentf("%s", text))
		}
	}
	qt.Assert(t, qt.IsTrue(refused > testenv.Rounds(1000)), qt.Commentf("only %d refused", refused))
}

// The mean of a chain, and what loss it was encoded from, differ by no more than the resolution.
func TestBurstChainHasItsMean(t *testing.T) {
	random := testenv.Random(t)
	checked := 0
	for range testenv.Rounds(20_000) {
		loss, burst := math.Exp(-random.Float64()*14), 1+math.Exp(random.Float64()*10)
		faults, err := Parse("test", fmt.Sprintf("drop %.9f%% burst %.3f", 100*loss, burst))
		if err != nil {
			continue
		}
		checked++
		rule := faults[0].Rule(1, 1)
		mean := float64(rule.P) / float64(rule.P+rule.R)
		qt.Assert(t, qt.IsTrue(math.Abs(mean/loss-1) < 0.0101), qt.Commentf("%s: %v", faults[0], mean))
		qt.Assert(t, qt.IsTrue(math.Abs(abi.One/float64(rule.R)/burst-1) < 0.001), qt.Commentf("%s", faults[0]))
	}
	qt.Assert(t, qt.IsTrue(checked > testenv.Rounds(5000)), qt.Commentf("only %d possible", checked))
}

// The model drops what the theory says: a million packets, within 5.5 standard deviations that
// account for the correlation, so that it fails by chance less than once in 10 million.
func TestStreamsAgreeWithTheory(t *testing.T) {
	const packets, seed = 1_000_000, 20240229
	for _, text := range []string{
		"drop 0.1%", "drop 1%", "drop 50%", "drop 99%",
		"drop 1% burst 4", "drop 5% burst 10", "drop 0.1% burst 2", "drop 50% burst 2", "drop 66% burst 3",
		"drop 10% burst 1.5", "drop 50% burst 1.2", "drop 20% burst 100",
		"drop gemodel 1%", "drop gemodel 1% 10%", "drop gemodel 1% 10% 70%", "drop gemodel 1% 10% 70% 0.1%",
		"drop gemodel 30% 90% 50% 20%", "drop gemodel 0.1% 0.5% 40% 2%",
	} {
		t.Run(text, func(t *testing.T) {
			fault := one(t, text)
			stream := model.NewStream(fault.Rule(seed, 1), 0, 0)
			loss, runs := observe(stream, packets)
			want, _ := fault.Loss()
			sigma := math.Sqrt(want * (1 - want) * fault.VarianceFactor() / packets)
			qt.Check(t, qt.IsTrue(math.Abs(loss-want) < 5.5*sigma),
				qt.Commentf("seed %d: loss %v, want %v within %v", seed, loss, want, 5.5*sigma))

			burst, _ := fault.Burst()
			mean, deviation := moments(runs)
			deviation = max(deviation, math.Sqrt(burst*(burst-1))) // that of a geometric length
			bound := 5.5 * deviation / math.Sqrt(float64(len(runs)))
			qt.Check(t, qt.IsTrue(math.Abs(mean-burst) < bound),
				qt.Commentf("seed %d: burst %v, want %v within %v", seed, mean, burst, bound))
		})
	}
}

// observe runs a stream, and gives the share dropped and the lengths of the runs of drops.
func observe(stream *model.Stream, packets int) (loss float64, runs []float64) {
	dropped, run := 0, 0
	for range packets {
		switch {
		case stream.Next().Lost:
			dropped++
			run++
		case run > 0:
			runs = append(runs, float64(run))
			run = 0
		}
	}
	return float64(dropped) / float64(packets), runs
}

func moments(values []float64) (mean, deviation float64) {
	for _, value := range values {
		mean += value / float64(len(values))
	}
	for _, value := range values {
		deviation += (value - mean) * (value - mean) / float64(len(values))
	}
	return mean, math.Sqrt(deviation)
}
