// SPDX-License-Identifier: MIT

package tally

import (
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Recent is how many of the last processing times Times.Recent is the mean of.
const Recent = 128

// Buckets is the number of buckets that Times counts in: one for each length in bits, and 0.
const Buckets = 33

// Times are the processing times of the packets of one verdict, in nanoseconds. A packet that stands
// for others counts as often as it stands for them, so that all estimates are unbiased, except in
// Count and Recent.
type Times struct {
	Count    uint64  // packets timed
	Mean     float64 // of all
	Recent   float64 // mean of the last 128, each counted once
	P50, P99 uint64  // within 0.1 %
	Max      uint64
	Sum      float64         // weighted
	Weights  [Buckets]uint64 // [b]: weighted count of times of b bits, so from 1<<(b-1) to 1<<b - 1
}

// Weight is the number of packets that the timed ones stand for.
func (t Times) Weight() (weight uint64) {
	for _, w := range t.Weights {
		weight += w
	}
	return weight
}

// Stopwatch collects processing times. It is not safe for concurrent use.
type Stopwatch struct {
	times     Times
	histogram *hdrhistogram.Histogram
	recent    [Recent]uint32
}

// maxShift bounds what a damaged event can weigh; the program stops at 32.
const maxShift = 32

// digits are those that a histogram keeps of a value.
const digits = 3

// NewStopwatch makes a Stopwatch without any time in it.
func NewStopwatch() *Stopwatch {
	return &Stopwatch{histogram: hdrhistogram.New(1, 1<<32, digits)}
}

// Add takes the processing time of a packet that stands for 1<<shift like it.
func (s *Stopwatch) Add(ns uint32, shift uint8) {
	weight := uint64(1) << min(shift, maxShift)
	t := &s.times
	s.recent[t.Count%Recent] = ns
	t.Count++
	t.Sum += float64(weight) * float64(ns)
	t.Max = max(t.Max, uint64(ns))
	t.Weights[bits.Len32(ns)] += weight
	// The only error is a value out of range, which no uint32 is.
	_ = s.histogram.RecordValues(int64(ns), int64(weight))
}

// Times sums up.
func (s *Stopwatch) Times() Times {
	t := s.times
	if t.Count == 0 {
		return t
	}
	t.Mean = t.Sum / float64(t.Weight())
	t.Recent = s.meanOfRecent()
	t.P50 = min(uint64(s.histogram.ValueAtQuantile(50)), t.Max)
	t.P99 = min(uint64(s.histogram.ValueAtQuantile(99)), t.Max)
	return t
}

func (s *Stopwatch) meanOfRecent() float64 {
	count := min(s.times.Count, Recent)
	sum := uint64(0)
	for _, ns := range s.recent[:count] {
		sum += uint64(ns)
	}
	return float64(sum) / float64(count)
}
