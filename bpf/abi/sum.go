// SPDX-License-Identifier: MIT

package abi

// Add adds another count to t.
func (t *Tally) Add(other Tally) {
	t.Packets += other.Packets
	t.Bytes += other.Bytes
}

// SumTotals adds up totals: the shares of the CPUs, as a lookup in the totals map returns them, or those of
// the directions.
func SumTotals(parts []Totals) (sum Totals) {
	for _, part := range parts {
		sum.Passed.Add(part.Passed)
		sum.Dropped.Add(part.Dropped)
		sum.QueueDropped.Add(part.QueueDropped)
		sum.Delayed += part.Delayed
		sum.Duplicated += part.Duplicated
		sum.Reported += part.Reported
		sum.Events += part.Events
		sum.NoReader += part.NoReader
		sum.RingFull += part.RingFull
		sum.Failed += part.Failed
		sum.Flows += part.Flows
		sum.Contended += part.Contended
		sum.Unmarked += part.Unmarked
		sum.Undelayed += part.Undelayed
	}
	return sum
}

// SumCounters adds up the shares of the CPUs of one entry of the rule_counters map. State belongs to
// each CPU and has no sum, see Decisions: it stays 0.
func SumCounters(cpus []RuleCounters) (sum RuleCounters) {
	for _, cpu := range cpus {
		sum.Matched.Add(cpu.Matched)
		sum.Dropped.Add(cpu.Dropped)
		sum.QueueDropped += cpu.QueueDropped
		sum.Delayed += cpu.Delayed
		sum.Delay += cpu.Delay
		sum.Undelayed += cpu.Undelayed
		sum.Duplicated += cpu.Duplicated
		sum.LossPeriods += cpu.LossPeriods
	}
	return sum
}

// Decisions is how many times a ScopeCPU rule has decided, of the shares of the CPUs; 0 for other rules. Each
// decision is on a packet, or on all those that segmentation makes of one.
func Decisions(cpus []RuleCounters) (decisions uint64) {
	for _, cpu := range cpus {
		decisions += cpu.State >> ChainShift
	}
	return decisions
}
