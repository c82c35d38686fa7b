// SPDX-License-Identifier: MIT

// Code generated from bpf/dilih.h by go generate ./bpf/abi. DO NOT EDIT.

package abi

// Constants of bpf/dilih.h.
const (
	Version      = 5
	NoRule       = 0xffff // no rule matched
	Banks        = 2
	MaxRules     = 64     // a bank; rule i of bank b is entry b * DILIH_MAX_RULES + i
	Hooks        = 8      // room for more than there are
	FilterHandle = 0xd111 // runs tc_out or tc_in; on an ifb tc_duplicate
	QueueHandle  = 0xd112 // runs tc_queue, and takes packets to the ifb
	Directions   = 2
	MaxFlows     = 65536
)

// EventType is enum event_type.
type EventType uint8

// Values of EventType.
const (
	Enter EventType = 1
	Drop  EventType = 2
	Pass  EventType = 3
)

// Hook is enum hook.
type Hook uint8

// Values of Hook.
const (
	HookXDP     Hook = 0
	HookXDPL3   Hook = 1 // XDP on devices whose packets begin with IP
	HookTCOut   Hook = 2 // clsact, egress
	HookTCOutL3 Hook = 3
	HookTCIn    Hook = 4 // clsact, ingress: in place of XDP, where packets may have to wait
	HookTCInL3  Hook = 5
)

// EventMode is enum event_mode.
type EventMode uint8

// Values of EventMode.
const (
	EventsAuto EventMode = 0 // all at human rates, a random sample above
	EventsAll  EventMode = 1
	EventsNone EventMode = 2
)

// Direction is enum direction.
type Direction uint8

// Values of Direction.
const (
	DirectionIn  Direction = 0 // those that arrive
	DirectionOut Direction = 1 // those that leave
)

// Distribution is enum distribution.
type Distribution uint8

// Values of Distribution.
const (
	DistributionUniform Distribution = 0
	DistributionNormal  Distribution = 1
)

// Action is enum action.
type Action uint8

// Values of Action.
const (
	ActionPass Action = 0
	ActionDrop Action = 1
)

// Process is enum process.
type Process uint8

// Values of Process.
const (
	ProcessIndependent Process = 0 // Gilbert-Elliott that never leaves the good state
	ProcessBurst       Process = 1
	ProcessGEModel     Process = 2
	ProcessEvery       Process = 3 // each period-th
	ProcessFirst       Process = 4 // the first period
	ProcessFlows       Process = 5 // of each flow everything or nothing; SCOPE_FLOW, without a chain
)

// Scope is enum scope.
type Scope uint8

// Values of Scope.
const (
	ScopeCPU  Scope = 0 // those of each CPU: exact, and free of locks
	ScopeFlow Scope = 1 // those of each flow
	ScopeAll  Scope = 2 // all that match, in the order of an atomic counter
	ScopePeer Scope = 3 // those from one address to another, of one protocol
)

// Bits of enum kind.
const (
	KindARP      = 0x1
	KindIP       = 0x2 // IPv4
	KindIP6      = 0x4
	KindTCP      = 0x8 // by the protocol number: true for every fragment
	KindUDP      = 0x10
	KindICMP     = 0x20
	KindICMP6    = 0x40
	KindND       = 0x80  // ICMPv6 types 133 to 137, RFC 4861
	KindProtocol = 0x100 // `protocol` is known
	KindPorts    = 0x200 // TCP, UDP or SCTP, and both ports are there
	KindSYN      = 0x400 // TCP with SYN, without ACK, RST and FIN
)

// Bits of enum asks.
const (
	AsksProtocol = 0x1
	AsksFrom     = 0x2
	AsksTo       = 0x4
)

// Event is struct perf_trace_event.
type Event struct {
	Timestamp        uint64 // bpf_ktime_get_ns: when the packet came in, or when it was decided
	ProcessingTimeNs uint32 // the program's own time, before any event; 0 in ENTER
	Type             EventType
	SampleShift      uint8  // this packet stands for 2^sample_shift like it
	Rule             uint16 // entry in `rules` that decided, or DILIH_NO_RULE; in ENTER the hook, HOOK_
}

// Control is struct control.
type Control struct {
	ABI        uint32    // DILIH_ABI, or 0 as long as no faults have been put in force
	Generation uint32    // one more for every set of faults put in force
	Programs   [8]uint32 // by HOOK_; 0: none
	Arriving   Hook      // which hook decides about incoming packets: HOOK_XDP, or HOOK_TC_IN; also on L3 devices
	Marking    uint8     // 1: XDP marks incoming packets with that hook, and tc_in decides about unmarked ones
	Reserved   [6]uint8
}

// FaultSet is struct fault_set.
type FaultSet struct {
	Seed       uint64
	Deadline   uint64 // ns of CLOCK_BOOTTIME after which everything passes; 0: never
	Generation uint32 // the generation this set was written for
	Rules      uint16 // how many, guards included
	Snaplen    uint16 // bytes of a packet in its DROP or PASS event
	Shadow     uint8  // 1: decide and count, drop nothing
	Events     EventMode
	Reserved   [6]uint8
}

// Prefix is struct prefix.
type Prefix struct {
	Address [16]uint8 // bits outside the mask are 0
	Mask    [16]uint8
}

// Rule is struct rule.
type Rule struct {
	Kinds        uint32 // bits, all of which the packet must have
	SportFirst   uint16
	SportLast    uint16 // 0 to 65535 if not asked for
	DportFirst   uint16
	DportLast    uint16
	LengthFirst  uint32
	LengthLast   uint32 // on the wire, without VLAN tags; 0 to 2^32 - 1 if not asked for
	Asks         uint8
	Protocol     uint8
	Action       Action
	Process      Process
	Scope        Scope
	Guard        uint8 // 1: put in front of the user's rules by the tool
	Direction    Direction
	Distribution Distribution // of the jitter
	Reserved     [4]uint8
	From         Prefix
	To           Prefix
	Key          uint64 // of the rule's random numbers: from the seed and the rule's ordinal
	Period       uint64 // of PROCESS_EVERY and PROCESS_FIRST, packets
	P            uint64 // good to bad
	R            uint64 // bad to good
	Bad          uint64 // 1-h: loss in the bad state
	Good         uint64 // 1-k: loss in the good state
	Start        uint64 // that a sequence begins in the bad state
	Delay        uint64 // ns
	Jitter       uint64 // ns
	Rate         uint64 // bits per second
	Queue        uint64 // ns that a packet waits at most for its turn under the rate
	Duplicate    uint64 // probability
}

// FlowID is struct flow_id.
type FlowID struct {
	Key        uint64 // rule.key + the hash of the flow
	Generation uint64 // flows of an old set age out unseen
}

// Tally is struct tally.
type Tally struct {
	Packets uint64
	Bytes   uint64
}

// Totals is struct totals.
type Totals struct {
	Passed       Tally
	Dropped      Tally
	QueueDropped Tally  // as the queue of a rate was full
	Delayed      uint64 // packets
	Duplicated   uint64 // packets
	Reported     uint64 // packets chosen to be reported
	Events       uint64 // events handed over
	NoReader     uint64 // events not handed over: nobody had opened the ring
	RingFull     uint64 // ... the reader was too slow
	Failed       uint64 // ... any other error
	Flows        uint64 // entries made in `flows`
	Contended    uint64 // packets of a chain that other CPUs changed at each attempt
	Unmarked     uint64 // packets that tc_in decided because XDP had not marked them
	Undelayed    uint64 // packets that a rule would delay, but XDP decided, where nothing can wait
}

// RuleCounters is struct rule_counters.
type RuleCounters struct {
	Matched      Tally
	Dropped      Tally
	QueueDropped uint64 // packets
	Delayed      uint64 // packets
	Delay        uint64 // ns, the sum of the delays asked for
	Undelayed    uint64 // packets, as in struct totals
	Duplicated   uint64 // packets
	LossPeriods  uint64 // runs of consecutive losses, RFC 3357
	State        uint64 // the chain word of a SCOPE_CPU rule
}
