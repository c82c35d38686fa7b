// SPDX-License-Identifier: MIT

package tally

import "dilih/bpf/abi"

// Count is something that is counted since the load, as Counted lists it.
type Count struct {
	Name string // in assertions, and of a series in JSON and CSV as well
	Unit string
	Help string
	// Series: it is a metric of its own, dilih_NAME_UNIT_total, by direction if it is counted by direction.
	Series bool

	of  func(Counts) uint64   // of one direction; nil if it is not counted by direction
	all func(Snapshot) uint64 // instead
}

// Counted is the one list of what is counted. Assertions and metrics follow from it.
var Counted = []Count{
	{Name: "entered", Unit: "packets", Help: "Packets that the program decided about.", of: func(c Counts) uint64 { return c.Entered.Packets }},
	{Name: "passed", Unit: "packets", Help: "Packets that passed.", of: func(c Counts) uint64 { return c.Passed.Packets }},
	{Name: "dropped", Unit: "packets", Help: "Packets that faults dropped.", of: func(c Counts) uint64 { return c.Dropped.Packets }},
	{Name: "queue_dropped", Unit: "packets", Help: "Packets dropped because the queue of a rate was full.", of: func(c Counts) uint64 { return c.QueueDropped.Packets }},
	{Name: "fq_dropped", Unit: "packets", Help: "Packets that the fq of a queue dropped by itself.", all: fqDropped},
	{
		Name: "delayed", Unit: "packets", Series: true, of: func(c Counts) uint64 { return c.Delayed },
		Help: "Packets since the load that were to wait.",
	},
	{
		Name: "undelayed", Unit: "packets", Series: true, of: func(c Counts) uint64 { return c.Undelayed },
		Help: "Packets since the load that were to wait, but were decided where nothing can wait.",
	},
	{
		Name: "duplicated", Unit: "packets", Series: true, of: func(c Counts) uint64 { return c.Duplicated },
		Help: "Packets since the load that were to come twice.",
	},
	{
		Name: "unmarked", Unit: "packets", Series: true, all: func(s Snapshot) uint64 { return s.Unmarked },
		Help: "Incoming packets since the load that tc decided because XDP had not marked them.",
	},
	{
		Name: "reported", Unit: "packets", Series: true, all: total(func(t abi.Totals) uint64 { return t.Reported }),
		Help: "Packets since the load that the program chose to report by events.",
	},
	{
		Name: "contended", Unit: "packets", Series: true, all: total(func(t abi.Totals) uint64 { return t.Contended }),
		Help: "Packets since the load that shared their place in a sequence with another.",
	},
	{Name: "matched", Unit: "packets", Help: "Packets that matched the active faults, guards left out.", all: matched},
	{Name: "events", Unit: "events", Help: "Events handed over to a reader.", all: total(func(t abi.Totals) uint64 { return t.Events })},
	{Name: "no_reader", Unit: "events", Help: "Events lost because nobody read them.", all: total(func(t abi.Totals) uint64 { return t.NoReader })},
	{Name: "ring_full", Unit: "events", Help: "Events lost because the reader was too slow.", all: total(func(t abi.Totals) uint64 { return t.RingFull })},
	{Name: "failed", Unit: "events", Help: "Events lost for any other reason.", all: total(func(t abi.Totals) uint64 { return t.Failed })},
	{Name: "flows", Unit: "entries", Help: "Entries made for flows that faults follow one by one.", all: total(func(t abi.Totals) uint64 { return t.Flows })},
}

// All returns the count of both directions together.
func (c Count) All(s Snapshot) (sum uint64) {
	if c.all != nil {
		return c.all(s)
	}
	for _, counts := range s.ByDirection() {
		sum += c.of(counts)
	}
	return sum
}

// ByDirection returns the count of each direction that is looked at; nil if it is not counted by direction.
func (c Count) ByDirection(s Snapshot) (by []uint64) {
	if c.HasDirection() {
		for _, counts := range s.ByDirection() {
			by = append(by, c.of(counts))
		}
	}
	return by
}

// HasDirection reports whether it is counted by direction.
func (c Count) HasDirection() bool { return c.of != nil }

func total(of func(abi.Totals) uint64) func(Snapshot) uint64 {
	return func(s Snapshot) uint64 { return of(s.Totals) }
}

func fqDropped(s Snapshot) (sum uint64) {
	for direction := range abi.Direction(abi.Directions) {
		dropped, _ := s.Queued(direction)
		sum += dropped
	}
	return sum
}

func matched(s Snapshot) (sum uint64) {
	for _, rule := range s.Rules {
		if !rule.Guard {
			sum += rule.Matched.Packets
		}
	}
	return sum
}
