// SPDX-License-Identifier: MIT

//go:build kernel

package kerneltest

import (
	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// Put writes the rules into the idle bank and flips, as the bpftool batch of a plan does. It fills in
// the generation of the set, and how many rules there are.
func (l *Loaded) Put(set abi.FaultSet, rules ...abi.Rule) {
	l.TB.Helper()
	l.generation++
	for i, rule := range rules {
		entry := l.Entry(i)
		l.Set(abi.RulesMap, entry, rule)
		l.Set(abi.CountersMap, entry, make([]abi.RuleCounters, ebpf.MustPossibleCPU()))
		l.Set(abi.SequencesMap, entry, uint64(0))
	}
	set.Generation, set.Rules = l.generation, uint16(len(rules))
	l.Set(abi.SetsMap, l.Bank(), set)
	l.flip()
}

// flip puts the generation in force, and says which programs decide.
func (l *Loaded) flip() {
	l.TB.Helper()
	control := abi.Control{ABI: abi.Version, Generation: l.generation, Arriving: l.Arriving}
	if l.Marking {
		control.Marking = 1
	}
	for hook, name := range abi.Programs {
		if l.programs[name] != nil {
			control.Programs[hook] = l.ProgramID(abi.Hook(hook))
		}
	}
	l.Set(abi.ControlMap, 0, control)
}

// Generation is the one in force.
func (l *Loaded) Generation() uint32 { return l.generation }

// Bank is the bank in force.
func (l *Loaded) Bank() uint32 { return l.generation % abi.Banks }

// Entry is the entry of the ith rule in force, counted from 0.
func (l *Loaded) Entry(i int) uint32 { return l.Bank()*abi.MaxRules + uint32(i) }

// Set writes an entry of a map.
func (l *Loaded) Set(name string, entry uint32, value any) {
	l.TB.Helper()
	qt.Assert(l.TB, qt.IsNil(l.Maps[name].Put(entry, value)))
}

// Totals are the sums over the CPUs for what arrives, read past the reader.
func (l *Loaded) Totals() abi.Totals {
	l.TB.Helper()
	return l.TotalsOf(abi.DirectionIn)
}

// TotalsOf are the sums over the CPUs for a direction.
func (l *Loaded) TotalsOf(direction abi.Direction) abi.Totals {
	l.TB.Helper()
	var shares []abi.Totals
	qt.Assert(l.TB, qt.IsNil(l.Maps[abi.TotalsMap].Lookup(uint32(direction), &shares)))
	return abi.SumTotals(shares)
}

// Counters are the sums over the CPUs for the ith rule in force.
func (l *Loaded) Counters(i int) abi.RuleCounters {
	l.TB.Helper()
	var shares []abi.RuleCounters
	qt.Assert(l.TB, qt.IsNil(l.Maps[abi.CountersMap].Lookup(l.Entry(i), &shares)))
	return abi.SumCounters(shares)
}
