// SPDX-License-Identifier: MIT

package tally

import (
	"math"

	"dilih/bpf/abi"
	"dilih/reader/pinned"
)

// z is the quantile of the normal distribution that leaves 95 % between -z and z.
const z = 1.959964

// enoughVariance is the n·P·(1-P) from which on an interval says something: below it, the loss of
// some few packets more or less would change the picture.
const enoughVariance = 10

// Loss compares the loss that a fault asks for with what became of the packets it matched. All are
// shares of 0 to 1; NaN stands for what does not apply or is not known yet.
type Loss struct {
	Asked    float64 // NaN: the fault names no long-run share
	Observed float64 // NaN: nothing matched yet
	Low      float64 // 95 % interval around Observed; NaN: no honest one exists
	High     float64
	Enough   bool // there are packets enough for the interval to mean something
	Exact    bool // there is no chance in it: the interval is the next packet's
}

// Odd says that what was asked for lies outside the interval around what was observed. Chance alone
// makes it so one time in twenty.
func (l Loss) Odd() bool {
	return l.Enough && (l.Asked < l.Low || l.Asked > l.High)
}

// observe compares the share asked for, which may be NaN, with what the rule did. factor is by how
// much bursts widen the variance, compared to as many independent decisions.
func observe(state pinned.RuleState, asked, factor float64) Loss {
	none, rule := math.NaN(), state.Rule
	loss := Loss{Asked: asked, Observed: none, Low: none, High: none}
	matched, dropped := float64(state.Counters.Matched.Packets), float64(state.Counters.Dropped.Packets)
	if matched == 0 || rule.Action != abi.ActionDrop {
		return loss
	}
	loss.Observed = dropped / matched
	switch {
	case math.IsNaN(asked):
	case rule.Process == abi.ProcessEvery && rule.Direction == abi.DirectionOut: // of many at once, perhaps
	case rule.Process == abi.ProcessEvery: // the next to be dropped may be the next to come
		loss.Exact = true
		loss.Low, loss.High = loss.Observed, min(1, (dropped+1)/matched)
	default:
		effective := decisions(state) / max(1, factor)
		loss.Low, loss.High = wilson(loss.Observed, effective)
		loss.Enough = enough(asked, effective)
	}
	return loss
}

// decisions are how many were made on what matched: one on each packet, except those that segmentation makes
// of one, which are lost, or pass, together.
func decisions(state pinned.RuleState) float64 {
	if state.Decisions == 0 { // not known: the rule counts none
		return float64(state.Counters.Matched.Packets)
	}
	return float64(min(state.Decisions, state.Counters.Matched.Packets))
}

func enough(asked, effective float64) bool {
	variance := asked * (1 - asked)
	if variance == 0 {
		return effective >= enoughVariance
	}
	return effective*variance >= enoughVariance
}

// wilson is the score interval of a share observed over n packets. Its ends at none and at all of them
// are exact, for rounding would put what was asked for outside.
func wilson(observed, n float64) (low, high float64) {
	center := observed + z*z/(2*n)
	half := z * math.Sqrt(observed*(1-observed)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	low, high = (center-half)/scale, (center+half)/scale
	if observed == 0 {
		low = 0
	}
	if observed == 1 {
		high = 1
	}
	return low, high
}
