// SPDX-License-Identifier: MIT

package tally

import (
	"fmt"
	"math"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"
)

// Rule is a fault in force, and what it did since it came into force.
type Rule struct {
	Entry   uint16 // in the rules map, as events name it
	Text    string // of the fault, in its canonical form and not as it was typed
	Guard   bool
	Way     abi.Direction // of the packets it is for
	Drops   bool          // its action is to drop
	Bursty  bool          // it asks for losses in bursts
	Matched abi.Tally
	Dropped abi.Tally
	Loss    Loss

	LossPeriods   uint64  // runs of consecutive losses
	AskedBurst    float64 // mean run of losses, packets; NaN if the fault asks for none
	ObservedBurst float64 // NaN before the first loss
}

// NewRule makes a Rule of what the maps hold.
func NewRule(state pinned.RuleState) Rule {
	rule, counters := state.Rule, state.Counters
	asked, burst, factor := math.NaN(), math.NaN(), 1.0
	text := fmt.Sprintf("(a rule that this reader does not understand, entry %d)", state.Entry)
	if known, err := fault.FromRule(rule); err == nil {
		text = known.String()
		asked = orNaN(known.Loss())
		burst = orNaN(known.Burst())
		factor = known.VarianceFactor()
	}
	return Rule{
		Entry:         state.Entry,
		Text:          text,
		Guard:         rule.Guard != 0,
		Way:           rule.Direction,
		Drops:         rule.Action == abi.ActionDrop,
		Bursty:        rule.Process == abi.ProcessBurst || rule.Process == abi.ProcessGEModel,
		Matched:       counters.Matched,
		Dropped:       counters.Dropped,
		Loss:          observe(state, asked, factor),
		LossPeriods:   counters.LossPeriods,
		AskedBurst:    burst,
		ObservedBurst: meanBurst(counters),
	}
}

func orNaN(value float64, ok bool) float64 {
	if !ok {
		return math.NaN()
	}
	return value
}

func meanBurst(counters abi.RuleCounters) float64 {
	if counters.LossPeriods == 0 {
		return math.NaN()
	}
	return float64(counters.Dropped.Packets) / float64(counters.LossPeriods)
}
