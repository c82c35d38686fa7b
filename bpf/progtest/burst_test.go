// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
)

// chain is a Gilbert-Elliott chain with netem's parameters: good to bad, bad to good, and the
// share dropped in either state.
type chain struct{ p, r, bad, good float64 }

// expected are the share of packets dropped, and the mean lengths of a run of drops and of a run of
// packets that pass.
func (c chain) expected() (share, burst, gap float64) {
	inBad := c.p / (c.p + c.r)
	share = inBad*c.bad + (1-inBad)*c.good
	// A run begins where a packet passes and the next one does not.
	next := func(state float64) float64 { return state*c.bad + (1-state)*c.good }
	begin := inBad*(1-c.bad)*next(1-c.r) + (1-inBad)*(1-c.good)*next(c.p)
	return share, share / begin, (1 - share) / begin
}

// bursty is the chain that drops this share of packets, in bursts of this mean length.
func bursty(share, burst float64) chain {
	return chain{p: share / burst / (1 - share), r: 1 / burst, bad: 1}
}

// TestBurstsAreWhatTheoryExpects runs a million packets of each chain, in batches that are
// independent of each other: their spread tells how far the mean may be off, correlation included.
// With 64 batches, 6.5 standard errors are exceeded less than once in ten million times.
func TestBurstsAreWhatTheoryExpects(t *testing.T) {
	const batches, packets, allowed = 64, 16384, 6.5
	loaded := kerneltest.Load(t)
	for text, c := range map[string]chain{
		"drop 1% burst 4":                 bursty(0.01, 4),
		"drop 1% burst 1.5":               bursty(0.01, 1.5),
		"drop 5% burst 10":                bursty(0.05, 10),
		"drop 20% burst 3":                bursty(0.2, 3),
		"drop 50% burst 2":                bursty(0.5, 2),
		"drop 90% burst 10":               bursty(0.9, 10),
		"drop gemodel 2%":                 {p: 0.02, r: 0.98, bad: 1},
		"drop gemodel 3% 30%":             {p: 0.03, r: 0.3, bad: 1},
		"drop gemodel 5% 20% 70%":         {p: 0.05, r: 0.2, bad: 0.7},
		"drop gemodel 10% 40% 60% 2.5%":   {p: 0.1, r: 0.4, bad: 0.6, good: 0.025},
		"drop gemodel 30% 10% 99.5% 0.5%": {p: 0.3, r: 0.1, bad: 0.995, good: 0.005},
	} {
		seed := newSeed(t)
		var share, burst, gap sample
		for i := range uint64(batches) {
			force(loaded, text, seed+i)
			repeatOnCPU(loaded, 0, frame, packets)
			counted := loaded.Counters(0)
			dropped, periods := float64(counted.Dropped.Packets), float64(counted.LossPeriods)
			share.add(dropped / packets)
			burst.add(dropped / periods)
			gap.add((packets - dropped) / periods)
		}
		wantShare, wantBurst, wantGap := c.expected()
		for name, check := range map[string]struct {
			got  sample
			want float64
		}{"share": {share, wantShare}, "burst": {burst, wantBurst}, "gap": {gap, wantGap}} {
			mean, err := check.got.mean()
			qt.Check(t, qt.IsTrue(math.Abs(mean-check.want) <= allowed*err),
				qt.Commentf("%s: %s is %v, expected %v, standard error %v", text, name, mean, check.want, err))
		}
	}
}

// sample collects independent measurements of one number.
type sample struct{ n, sum, squares float64 }

func (s *sample) add(x float64) {
	s.n++
	s.sum += x
	s.squares += x * x
}

// mean returns the mean and its standard error.
func (s *sample) mean() (mean, err float64) {
	mean = s.sum / s.n
	return mean, math.Sqrt((s.squares/s.n - mean*mean) / (s.n - 1))
}
