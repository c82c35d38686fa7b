// SPDX-License-Identifier: MIT

package tally

import (
	"math"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestNoDelays(t *testing.T) {
	watch := NewDelayWatch()
	watch.Add(0, 5) // of a packet that does not wait
	qt.Assert(t, qt.DeepEquals(watch.Delays(), Delays{}))
}

func TestOneDelay(t *testing.T) {
	for us, step := range map[uint32]uint64{1: 1, 999: 1, 40_000: 50, 10_000_000: 10_000, math.MaxUint32: 5_000_000} {
		watch := NewDelayWatch()
		watch.Add(us, 0)
		watch.Add(us, 2)
		got := watch.Delays()
		qt.Check(t, qt.DeepEquals(got, Delays{Weight: 5, Step: step, First: uint64(us) / step * step, Bins: []uint64{5}}))
	}
}

// Jitter is spread over steps that are round numbers.
func TestDelaysAreBinned(t *testing.T) {
	watch := NewDelayWatch()
	for us := uint32(30_000); us < 50_000; us += 10 {
		watch.Add(us, 0)
	}
	got := watch.Delays()
	qt.Assert(t, qt.Equals(got.Weight, 2000))
	qt.Assert(t, qt.Equals(got.Step, 2000))
	qt.Assert(t, qt.Equals(got.First, 30_000))
	qt.Assert(t, qt.HasLen(got.Bins, 10))
	for _, weight := range got.Bins {
		qt.Check(t, qt.IsTrue(within(float64(weight), 200, 0.02)))
	}
}

// However far apart they are, there are few bins, and each delay is in one.
func TestDelaysFarApart(t *testing.T) {
	for _, pair := range [][2]uint32{{1, math.MaxUint32}, {1, 14}, {999, 1001}, {40_000, 40_031}, {7, 9_999_999}} {
		watch := NewDelayWatch()
		watch.Add(pair[0], 0)
		watch.Add(pair[1], 1)
		got := watch.Delays()
		sum := uint64(0)
		for _, weight := range got.Bins {
			sum += weight
		}
		qt.Check(t, qt.Equals(sum, 3), qt.Commentf("%v", pair))
		qt.Check(t, qt.IsTrue(len(got.Bins) <= mostBins+2), qt.Commentf("%v: %d bins", pair, len(got.Bins)))
	}
}
