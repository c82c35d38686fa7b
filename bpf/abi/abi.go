// SPDX-License-Identifier: MIT

// Package abi mirrors bpf/dilih.h, the contract between the program in the kernel and user space.
//
// The types have the layout of their C namesakes, field by field; a test compares them with the BTF
// of the compiled object. Integers are in host byte order, addresses in network order.
package abi

// Version is the ABI that this package mirrors: DILIH_ABI.
const Version = 5

// Sizes fixed by the contract.
const (
	Banks      = 2
	MaxRules   = 64 // rules in a bank
	MaxFlows   = 65536
	Hooks      = 8
	Directions = 2
	NoRule     = 0xffff // in events: no rule matched
)

// Handles of our filters at a device.
const (
	FilterHandle = 0xd111 // runs tc_out or tc_in; on an ifb tc_duplicate
	QueueHandle  = 0xd112 // runs tc_queue, and takes packets to the ifb
)

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

// EventType says what an Event reports.
type EventType uint8

// A reported packet is an Enter, then a Drop or a Pass, on the same CPU.
const (
	Enter EventType = 1
	Drop  EventType = 2
	Pass  EventType = 3
)

// Sizes in bytes of what comes through the perf map, before perf's own padding.
const (
	EventSize      = 16
	EnterEventSize = 24 // an Event, the length of the frame with its VLAN tags, and its delay
)

// Event is struct perf_trace_event. Drop and Pass are followed by the first bytes of the packet,
// Enter by the length of the frame, bytes, and by how long it waits, us: a uint32 each.
type Event struct {
	Timestamp        uint64 // ns of CLOCK_MONOTONIC
	ProcessingTimeNs uint32 // the program's own time; 0 in Enter
	Type             EventType
	SampleShift      uint8  // the packet stands for 1<<SampleShift like it
	Rule             uint16 // entry of the rules map, or NoRule; in Enter the Hook
}

// Hook is where a program stands in the way of a packet: an index of Control.Programs.
type Hook uint8

// The hooks. Packets have an Ethernet header, or on an L3 device begin with IP.
const (
	HookXDP     Hook = 0
	HookXDPL3   Hook = 1
	HookTCOut   Hook = 2
	HookTCOutL3 Hook = 3
	HookTCIn    Hook = 4
	HookTCInL3  Hook = 5
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

// Programs are the names of the programs, by Hook.
var Programs = [...]string{
	HookXDP: "xdp_dilih", HookXDPL3: "xdp_dilih_l3", HookTCOut: "tc_out", HookTCOutL3: "tc_out_l3",
	HookTCIn: "tc_in", HookTCInL3: "tc_in_l3",
}

// Control is struct control. The bank in force is Generation % Banks.
type Control struct {
	ABI        uint32 // Version, or 0 as long as no faults have been put in force
	Generation uint32
	Programs   [Hooks]uint32 // their ids, by Hook; 0: none
	Arriving   Hook          // which hook decides about incoming packets: HookXDP, or HookTCIn
	Marking    uint8         // 1: XDP marks incoming packets with that hook, and tc_in decides about unmarked ones
	Reserved   [6]uint8
}

// EventMode says which packets are reported.
type EventMode uint8

// All at human rates and a sample above; all; none.
const (
	EventsAuto EventMode = 0
	EventsAll  EventMode = 1
	EventsNone EventMode = 2
)

// FaultSet is struct fault_set: what holds for all rules of a bank.
type FaultSet struct {
	Seed       uint64
	Deadline   uint64 // ns of CLOCK_BOOTTIME after which everything passes; 0: never
	Generation uint32 // the generation this set was written for
	Rules      uint16 // how many, guards included
	Snaplen    uint16 // bytes
	Shadow     uint8  // 1: decide and count, drop nothing
	Events     EventMode
	Reserved   [6]uint8
}

// Direction says which packets a rule is for: those that arrive, or those that leave.
type Direction uint8

// The directions, which are the entries of the totals map as well.
const (
	DirectionIn  Direction = 0
	DirectionOut Direction = 1
)

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

// Distribution is how jitter is spread around the delay.
type Distribution uint8

// The distributions.
const (
	DistributionUniform Distribution = 0
	DistributionNormal  Distribution = 1
)

// Action is what a rule does to the packets its process picks.
type Action uint8

// The actions.
const (
	ActionPass Action = 0
	ActionDrop Action = 1
)

// Process is how a rule picks packets among those that match.
type Process uint8

// The first three are one Gilbert-Elliott process to the kernel; the names are for people.
const (
	ProcessIndependent Process = 0
	ProcessBurst       Process = 1
	ProcessGEModel     Process = 2
	ProcessEvery       Process = 3
	ProcessFirst       Process = 4
	ProcessFlows       Process = 5
)

// Scope says whose packets make up the sequence that a process runs over.
type Scope uint8

// The packets of each CPU, of each flow, all that match, or those of each pair of addresses and a protocol.
const (
	ScopeCPU  Scope = 0
	ScopeFlow Scope = 1
	ScopeAll  Scope = 2
	ScopePeer Scope = 3
)

// What a packet is, and what a rule asks it to be: bits of Rule.Kinds.
const (
	KindARP      = 0x001
	KindIP       = 0x002
	KindIP6      = 0x004
	KindTCP      = 0x008
	KindUDP      = 0x010
	KindICMP     = 0x020
	KindICMP6    = 0x040
	KindND       = 0x080
	KindProtocol = 0x100
	KindPorts    = 0x200
	KindSYN      = 0x400
)

// What a rule compares besides kinds, ports and length: bits of Rule.Asks.
const (
	AsksProtocol = 0x1
	AsksFrom     = 0x2
	AsksTo       = 0x4
)

// Prefix is struct prefix. An IPv4 address is in the first four bytes, the others are 0.
type Prefix struct {
	Address [16]uint8
	Mask    [16]uint8
}

// One is 100 % in the 32.32 fixed point of Rule's probabilities.
const One = 1 << 32

// Rule is struct rule.
type Rule struct {
	Kinds        uint32
	SportFirst   uint16
	SportLast    uint16
	DportFirst   uint16
	DportLast    uint16
	LengthFirst  uint32 // bytes of the frame without VLAN tags
	LengthLast   uint32
	Asks         uint8
	Protocol     uint8
	Action       Action
	Process      Process
	Scope        Scope
	Guard        uint8 // 1: put in front of the user's rules by the tool
	Direction    Direction
	Distribution Distribution
	Reserved     [4]uint8
	From, To     Prefix
	Key          uint64
	Period       uint64 // of ProcessEvery and ProcessFirst
	P            uint64 // good to bad
	R            uint64 // bad to good
	Bad          uint64 // loss in the bad state
	Good         uint64 // loss in the good state; of ProcessFlows the share of flows
	Start        uint64 // that a sequence begins in the bad state

	// What becomes of a packet that is not dropped; 0 if nothing.
	Delay     uint64 // ns
	Jitter    uint64 // ns
	Rate      uint64 // bits per second
	Queue     uint64 // ns that a packet waits at most for its turn under the rate
	Duplicate uint64 // probability
}

// The chain word: packets so far << ChainShift | ChainPicked | ChainBad.
const (
	ChainBad    = 0x1
	ChainPicked = 0x2
	ChainShift  = 2
)

// FlowID is struct flow_id, the key of the flows map.
type FlowID struct {
	Key        uint64
	Generation uint64
}

// Tally is struct tally.
type Tally struct {
	Packets uint64
	Bytes   uint64
}

// Totals is struct totals, one CPU's share of a direction, since the load.
type Totals struct {
	Passed       Tally
	Dropped      Tally  // by decision: in shadow mode they pass all the same
	QueueDropped Tally  // as the queue of a rate was full
	Delayed      uint64 // packets
	Duplicated   uint64 // packets
	Reported     uint64 // packets chosen to be reported
	Events       uint64 // events handed over
	NoReader     uint64 // events not handed over: nobody had opened the ring
	RingFull     uint64 // ... the reader was too slow
	Failed       uint64 // ... any other error
	Flows        uint64 // entries made in the flows map
	Contended    uint64 // packets of a chain that other CPUs changed at each attempt
	Unmarked     uint64 // packets that tc_in decided because XDP had not marked them
	Undelayed    uint64 // packets that a rule would delay, but XDP decided, where nothing can wait
}

// RuleCounters is struct rule_counters, one CPU's share, since the set came into force.
type RuleCounters struct {
	Matched      Tally
	Dropped      Tally
	QueueDropped uint64 // packets
	Delayed      uint64 // packets
	Delay        uint64 // ns, the sum of the delays asked for
	Undelayed    uint64 // packets, as in Totals
	Duplicated   uint64 // packets
	LossPeriods  uint64 // runs of consecutive losses, RFC 3357
	State        uint64 // the chain word of a ScopeCPU rule
}
