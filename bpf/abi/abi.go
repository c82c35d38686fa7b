// SPDX-License-Identifier: MIT

// Package abi mirrors bpf/dilih.h, the contract between the program in the kernel and user space.
//
// The types have the layout of their C namesakes, field by field: layout.go is generated from the BTF of the compiled
// object. Integers are in host byte order, addresses in network order.
package abi

//go:generate go run ./generate

// EventsLock is the directory among the pins that the one reader of the events holds a lock on.
const EventsLock = "events"

// Names of the other pins, which are the names of the maps and of the programs.
const (
	OutputMap    = "output_map"
	ControlMap   = "control"
	SetsMap      = "sets"
	RulesMap     = "rules"
	SequencesMap = "sequences"
	FlowsMap     = "flows"
	TotalsMap    = "totals"
	CountersMap  = "rule_counters"
)

// Programs are the names of the programs, by Hook.
var Programs = [...]string{
	HookXDP: "xdp_dilih", HookXDPL3: "xdp_dilih_l3", HookTCOut: "tc_out", HookTCOutL3: "tc_out_l3",
	HookTCIn: "tc_in", HookTCInL3: "tc_in_l3",
}

// The programs that belong to a queue. They use no map.
const (
	QueueProgram     = "tc_queue"
	DuplicateProgram = "tc_duplicate"
)

// Object is the file in bpf/ that has the program of that name.
func Object(program string) string {
	if program == Programs[HookXDP] {
		return "dilih_kern.o"
	}
	return program + ".o"
}

// Objects are the files of all programs. The first is loaded first, with the maps.
func Objects() (files []string) {
	for _, program := range Programs {
		files = append(files, Object(program))
	}
	return append(files, Object(QueueProgram), Object(DuplicateProgram))
}

// Sizes in bytes of what comes through the perf map, before perf's own padding.
const (
	EventSize      = 16
	EnterEventSize = 24 // an Event, the length of the frame with its VLAN tags, and its delay
)

// One is 100 % in the 32.32 fixed point of Rule's probabilities.
const One = 1 << 32

// The chain word: packets so far << ChainShift | ChainPicked | ChainBad.
const (
	ChainBad    = 0x1
	ChainPicked = 0x2
	ChainShift  = 2
)

// L3 says that packets at the hook begin with IP.
func (h Hook) L3() bool { return h == HookXDPL3 || h == HookTCOutL3 || h == HookTCInL3 }

// Direction is that of the packets at the hook.
func (h Hook) Direction() Direction {
	if h == HookTCOut || h == HookTCOutL3 {
		return DirectionOut
	}
	return DirectionIn
}

// String is the word for it.
func (d Direction) String() string {
	switch d {
	case DirectionIn:
		return "in"
	case DirectionOut:
		return "out"
	}
	return "unknown"
}
