// SPDX-License-Identifier: MIT

package tally

import (
	"fmt"
	"math"
	"time"

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

	Effects      Effects
	Delayed      uint64  // packets
	MeanDelay    float64 // ms, of the delays asked for; NaN before the first
	DelaySum     float64 // seconds
	Undelayed    uint64  // packets that were to wait, but were decided where nothing can
	QueueDropped uint64  // packets, as the queue of its rate was full
	Duplicated   uint64  // packets

	LossPeriods   uint64  // runs of consecutive losses
	AskedBurst    float64 // mean run of losses, packets; NaN if the fault asks for none
	ObservedBurst float64 // NaN before the first loss
}

// Effects are what a rule may do to the packets that it does not drop.
type Effects struct {
	Delay     bool // they wait, for a delay or for their turn under a rate
	Rate      bool // where the queue is full they are dropped
	Duplicate bool
}

// Any says whether there is one, so that packets may have to go through a queue.
func (e Effects) Any() bool { return e != Effects{} }

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
		Effects:       Effects{rule.Delay|rule.Rate != 0, rule.Rate != 0, rule.Duplicate != 0},
		Delayed:       counters.Delayed,
		MeanDelay:     meanDelay(counters),
		DelaySum:      time.Duration(counters.Delay).Seconds(),
		Undelayed:     counters.Undelayed,
		QueueDropped:  counters.QueueDropped,
		Duplicated:    counters.Duplicated,
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

func meanDelay(counters abi.RuleCounters) float64 {
	if counters.Delayed == 0 {
		return math.NaN()
	}
	return float64(counters.Delay) / float64(counters.Delayed) / float64(time.Millisecond)
}
