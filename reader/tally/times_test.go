// SPDX-License-Identifier: MIT

package tally

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestTimesOfNothing(t *testing.T) {
	qt.Assert(t, qt.Equals(NewStopwatch().Times(), Times{}))
}

func TestTimesOfOne(t *testing.T) {
	for _, ns := range []uint32{0, 1, 40, 2047, 2048, 1_000_003, math.MaxUint32} {
		watch := NewStopwatch()
		watch.Add(ns, 0)
		times := watch.Times()
		qt.Check(t, qt.Equals(times.Count, 1))
		qt.Check(t, qt.Equals(times.Mean, float64(ns)))
		qt.Check(t, qt.Equals(times.Recent, float64(ns)))
		qt.Check(t, qt.Equals(times.Max, uint64(ns)))
		qt.Check(t, qt.IsTrue(within(float64(times.P50), float64(ns), 0.001)))
		qt.Check(t, qt.Equals(times.P50, times.P99))
	}
}

// The mean of the last 128 is the article's: unweighted, and it forgets.
func TestRecentIsTheLast128(t *testing.T) {
	watch := NewStopwatch()
	for range 1000 {
		watch.Add(1_000_000, 5)
	}
	for ns := range uint32(Recent) {
		watch.Add(ns, uint8(ns%4))
	}
	qt.Assert(t, qt.Equals(watch.Times().Recent, float64(Recent-1)/2))
}

// A packet that stands for 2^k others counts as often.
func TestTimesAreWeighted(t *testing.T) {
	watch := NewStopwatch()
	watch.Add(100, 0)
	watch.Add(1000, 3)
	times := watch.Times()
	qt.Assert(t, qt.Equals(times.Count, 2))
	qt.Assert(t, qt.Equals(times.Weight(), 9))
	qt.Assert(t, qt.Equals(times.Mean, 8100.0/9))
	qt.Assert(t, qt.IsTrue(within(float64(times.P50), 1000, 0.001)))
	qt.Assert(t, qt.Equals(times.Weights[7], 1))  // 64 to 127
	qt.Assert(t, qt.Equals(times.Weights[10], 8)) // 512 to 1023
}

func TestADamagedWeightIsBounded(t *testing.T) {
	watch := NewStopwatch()
	for range 4 {
		watch.Add(100, 255)
	}
	qt.Assert(t, qt.Equals(watch.Times().Weight(), 4<<maxShift))
	qt.Assert(t, qt.Equals(watch.Times().Mean, 100.0))
}

// Percentiles agree with those of the raw times to less than 1 %.
func TestPercentilesAgainstRaw(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 1))
		watch := NewStopwatch()
		raw := make([]uint32, 20_000)
		for i := range raw {
			raw[i] = uint32(math.Exp(random.NormFloat64()*1.5 + 6))
			watch.Add(raw[i], 4)
		}
		slices.Sort(raw)
		times := watch.Times()
		comment := qt.Commentf("seed %d", seed)
		qt.Check(t, qt.IsTrue(within(float64(times.P50), float64(raw[len(raw)/2-1]), 0.01)), comment)
		qt.Check(t, qt.IsTrue(within(float64(times.P99), float64(raw[len(raw)*99/100-1]), 0.01)), comment)
		qt.Check(t, qt.Equals(times.Max, uint64(raw[len(raw)-1])), comment)
	}
}

// within says whether the value is as expected, to a part of it.
func within(value, expected, part float64) bool {
	return math.Abs(value-expected) <= part*expected
}
