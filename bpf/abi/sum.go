// SPDX-License-Identifier: MIT

package abi

// Add adds another count to t.
func (t *Tally) Add(other Tally) {
	t.Packets += other.Packets
	t.Bytes += other.Bytes
}

// SumTotals adds up the shares of the CPUs, as a lookup in the totals map returns them.
func SumTotals(cpus []Totals) (sum Totals) {
	for _, cpu := range cpus {
		sum.Passed.Add(cpu.Passed)
		sum.Dropped.Add(cpu.Dropped)
		sum.QueueDropped.Add(cpu.QueueDropped)
		sum.Delayed += cpu.Delayed
		sum.Duplicated += cpu.Duplicated
		sum.Reported += cpu.Reported
		sum.Events += cpu.Events
		sum.NoReader += cpu.NoReader
		sum.RingFull += cpu.RingFull
		sum.Failed += cpu.Failed
		sum.Flows += cpu.Flows
		sum.Contended += cpu.Contended
	}
	return sum
}

// SumCounters adds up the shares of the CPUs of one entry of the rule_counters map. State belongs to
// each CPU and has no sum: it stays 0.
func SumCounters(cpus []RuleCounters) (sum RuleCounters) {
	for _, cpu := range cpus {
		sum.Matched.Add(cpu.Matched)
		sum.Dropped.Add(cpu.Dropped)
		sum.QueueDropped += cpu.QueueDropped
		sum.Delayed += cpu.Delayed
		sum.Delay += cpu.Delay
		sum.Duplicated += cpu.Duplicated
		sum.LossPeriods += cpu.LossPeriods
	}
	return sum
}
