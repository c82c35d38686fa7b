// SPDX-License-Identifier: MIT

package pinned

import (
	"errors"
	"fmt"
	"slices"

	"dilih/bpf/abi"
)

// State is what the maps say at one moment. Counters are sums over the CPUs.
type State struct {
	Control abi.Control
	Set     abi.FaultSet // zero as long as no faults have been put in force
	Rules   []RuleState  // those of the set in force, in their order
	Totals  [abi.Directions]abi.Totals
}

// RuleState is a rule of the set in force and its counters.
type RuleState struct {
	Entry     uint16 // in the rules map, as events name it
	Rule      abi.Rule
	Counters  abi.RuleCounters // without State
	Decisions uint64           // as abi.Decisions has them
}

// InForce says whether faults have been put in force since the load.
func (s State) InForce() bool { return s.Control.ABI != 0 }

// All are the totals of both directions together.
func (s State) All() abi.Totals { return abi.SumTotals(s.Totals[:]) }

// Counted says whether any packet of the direction was, since the load.
func (s State) Counted(direction abi.Direction) bool {
	totals := s.Totals[direction]
	return totals.Passed.Packets+totals.Dropped.Packets+totals.QueueDropped.Packets > 0
}

// HasFaults says whether a fault in force is for packets of the direction. A guard is none.
func (s State) HasFaults(direction abi.Direction) bool {
	return slices.ContainsFunc(s.Rules, func(rule RuleState) bool {
		return rule.Rule.Guard == 0 && rule.Rule.Direction == direction
	})
}

// readAttempts are more than anyone changes the faults within one reading, by far.
const readAttempts = 16

var errUnsettled = errors.New("the faults changed each time they were read")

// Read reads the state. A change of the faults meanwhile makes it read again, so that rules and
// counters always belong to one set. The error wraps ErrVersion if the ABI is another.
func (p *Pins) Read() (State, error) {
	for range readAttempts {
		state, settled, err := p.tryRead()
		if err != nil {
			return State{}, fmt.Errorf("read the maps of %s: %w", p.Path, err)
		}
		if settled {
			return state, nil
		}
	}
	return State{}, fmt.Errorf("read the maps of %s: %w", p.Path, errUnsettled)
}

// tryRead reads once. It is settled if the faults were the same before and after.
func (p *Pins) tryRead() (state State, settled bool, err error) {
	if err := p.lookup(abi.ControlMap, 0, &state.Control); err != nil {
		return state, false, err
	}
	if !state.InForce() {
		err := p.readTotals(&state.Totals)
		return state, err == nil, err
	}
	if state.Control.ABI != abi.Version {
		return state, false, fmt.Errorf("%w: they have ABI %d, expected %d", ErrVersion, state.Control.ABI, abi.Version)
	}
	if err := p.readFaults(&state); err != nil {
		return state, false, err
	}
	if err := p.readTotals(&state.Totals); err != nil {
		return state, false, err
	}
	var after abi.Control
	if err := p.lookup(abi.ControlMap, 0, &after); err != nil {
		return state, false, err
	}
	return state, after == state.Control && state.Set.Generation == after.Generation, nil
}

func (p *Pins) readFaults(state *State) error {
	bank := state.Control.Generation % abi.Banks
	if err := p.lookup(abi.SetsMap, bank, &state.Set); err != nil {
		return err
	}
	rules := min(uint32(state.Set.Rules), abi.MaxRules)
	for i := range rules {
		rule, err := p.readRule(bank*abi.MaxRules + i)
		if err != nil {
			return err
		}
		state.Rules = append(state.Rules, rule)
	}
	return nil
}

func (p *Pins) readRule(entry uint32) (RuleState, error) {
	state := RuleState{Entry: uint16(entry)}
	if err := p.lookup(abi.RulesMap, entry, &state.Rule); err != nil {
		return state, err
	}
	var shares []abi.RuleCounters
	if err := p.lookup(abi.CountersMap, entry, &shares); err != nil {
		return state, err
	}
	state.Counters, state.Decisions = abi.SumCounters(shares), abi.Decisions(shares)
	return state, nil
}

// Totals reads the totals alone.
func (p *Pins) Totals() (totals [abi.Directions]abi.Totals, err error) {
	if err := p.readTotals(&totals); err != nil {
		return totals, fmt.Errorf("read the maps of %s: %w", p.Path, err)
	}
	return totals, nil
}

func (p *Pins) readTotals(sums *[abi.Directions]abi.Totals) error {
	for direction := range sums {
		var shares []abi.Totals
		if err := p.lookup(abi.TotalsMap, uint32(direction), &shares); err != nil {
			return err
		}
		sums[direction] = abi.SumTotals(shares)
	}
	return nil
}

func (p *Pins) lookup(name string, entry uint32, value any) error {
	if err := p.maps[name].Lookup(entry, value); err != nil {
		return fmt.Errorf("entry %d of %s: %w", entry, name, err)
	}
	return nil
}
