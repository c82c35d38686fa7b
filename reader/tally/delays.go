// SPDX-License-Identifier: MIT

package tally

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Delays are how long packets were to wait, in microseconds. A packet that stands for others counts as often as
// it stands for them.
type Delays struct {
	Weight uint64   // of all
	Step   uint64   // from one bin to the next
	Bins   []uint64 // weighted counts, from First on
	First  uint64   // where the first bin begins, a multiple of Step
}

// mostBins is how many there are at most, and one more where the ends do not fall on steps.
const mostBins = 12

// DelayWatch collects delays. It is not safe for concurrent use.
type DelayWatch struct {
	histogram   *hdrhistogram.Histogram
	least, most uint64 // which the histogram knows to three digits only
}

// NewDelayWatch makes a DelayWatch without any delay in it.
func NewDelayWatch() *DelayWatch {
	return &DelayWatch{histogram: hdrhistogram.New(1, 1<<32, digits), least: math.MaxUint32}
}

// Add takes the delay of a packet that stands for 1<<shift like it; of one that does not wait it is 0.
func (w *DelayWatch) Add(us uint32, shift uint8) {
	if us == 0 {
		return
	}
	w.least, w.most = min(w.least, uint64(us)), max(w.most, uint64(us))
	// The only error is a value out of range, which no uint32 is.
	_ = w.histogram.RecordValues(int64(us), 1<<min(shift, maxShift))
}

// Delays sums up.
func (w *DelayWatch) Delays() Delays {
	if w.most == 0 {
		return Delays{}
	}
	d := Delays{Step: step(max((w.most-w.least)/mostBins, w.most/1000))}
	d.First = w.least / d.Step * d.Step
	d.Bins = make([]uint64, (w.most-d.First)/d.Step+1)
	for _, bar := range w.histogram.Distribution() {
		if bar.Count > 0 {
			d.Bins[(max(uint64(bar.From), w.least)-d.First)/d.Step] += uint64(bar.Count)
			d.Weight += uint64(bar.Count)
		}
	}
	return d
}

// step is the least of 1, 2, 5, 10, 20 and so on that is not less.
func step(least uint64) uint64 {
	for power := uint64(1); power < math.MaxUint32; power *= 10 {
		for _, digit := range []uint64{1, 2, 5} {
			if digit*power >= least {
				return digit * power
			}
		}
	}
	return math.MaxUint32
}
