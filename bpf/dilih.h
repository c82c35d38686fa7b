/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The contract between the program in the kernel and everything in user space.
 *
 * A change of a struct here changes the ABI: raise DILIH_ABI, and mirror the change in abi/.
 * Every field stands at its natural alignment and no struct has hidden padding, so that the bytes
 * are the same to C, to Go and to a person who reads `bpftool map dump`. Host byte order, unless a
 * field says otherwise.
 */
#ifndef DILIH_H
#define DILIH_H

#include <linux/types.h>

#define DILIH_ABI 5

/*
 * Enums are the types of fields, and as wide as these: so they are in the BTF, bpftool prints their
 * names, and a test compares their values with those in abi/.
 */
#define BYTE_WIDE __attribute__((packed))

/* ------------------------------------------------------------------ events, through output_map */

enum event_type {
	TYPE_ENTER = 1,
	TYPE_DROP = 2,
	TYPE_PASS = 3,
} BYTE_WIDE;

#define DILIH_NO_RULE 0xffff /* no rule matched */

/*
 * A reported packet is an ENTER and then a DROP or a PASS, on the same CPU. DROP and PASS are
 * followed by up to fault_set.snaplen bytes of the packet.
 */
struct perf_trace_event {
	__u64 timestamp; /* bpf_ktime_get_ns: when the packet came in, or when it was decided */
	__u32 processing_time_ns; /* the program's own time, before any event; 0 in ENTER */
	enum event_type type;
	__u8 sample_shift; /* this packet stands for 2^sample_shift like it */
	__u16 rule; /* entry in `rules` that decided, or DILIH_NO_RULE; in ENTER the hook, HOOK_ */
};

/*
 * What no reader could learn from the first snaplen bytes of a packet: in its ENTER. perf pads it to 28 bytes.
 */
struct enter_event {
	struct perf_trace_event event;
	__u32 length; /* bytes of the frame whose first ones follow the verdict; `len` and byte counts leave out VLAN tags */
	__u32 delay; /* us that it waits, as its rule asks for */
};

/* ------------------------------------------------------------------ control, sets, rules */

#define DILIH_BANKS 2
#define DILIH_MAX_RULES 64 /* a bank; rule i of bank b is entry b * DILIH_MAX_RULES + i */
#define DILIH_RULE_ENTRIES (DILIH_BANKS * DILIH_MAX_RULES)

/* Where a program of ours can stand in the way of a packet: indices of control.programs. */
enum hook {
	HOOK_XDP = 0,
	HOOK_XDP_L3 = 1, /* XDP on devices whose packets begin with IP */
	HOOK_TC_OUT = 2, /* clsact, egress */
	HOOK_TC_OUT_L3 = 3,
	HOOK_TC_IN = 4, /* clsact, ingress: in place of XDP, where packets may have to wait */
	HOOK_TC_IN_L3 = 5,
} BYTE_WIDE;

#define DILIH_HOOKS 8 /* room for more than there are */

/* Handles of our filters at a device, which nobody else will think of. */
#define DILIH_FILTER_HANDLE 0xd111 /* runs tc_out or tc_in; on an ifb tc_duplicate */
#define DILIH_QUEUE_HANDLE 0xd112 /* runs tc_queue, and takes packets to the ifb */

/*
 * `control`, one entry. The bank in force is generation % DILIH_BANKS. The programs are named by
 * their ids, since those who may watch may not open them: an open program can be run.
 */
struct control {
	__u32 abi; /* DILIH_ABI, or 0 as long as no faults have been put in force */
	__u32 generation; /* one more for every set of faults put in force */
	__u32 programs[DILIH_HOOKS]; /* by HOOK_; 0: none */
	enum hook
		arriving; /* which hook decides about incoming packets: HOOK_XDP, or HOOK_TC_IN; also on L3 devices */
	__u8 marking; /* 1: XDP marks incoming packets with that hook, and tc_in decides about unmarked ones */
	__u8 reserved[6];
};

enum event_mode {
	EVENTS_AUTO = 0, /* all at human rates, a random sample above */
	EVENTS_ALL = 1,
	EVENTS_NONE = 2,
} BYTE_WIDE;

/* `sets`, one entry a bank: what holds for all rules of the bank. */
struct fault_set {
	__u64 seed;
	__u64 deadline; /* ns of CLOCK_BOOTTIME after which everything passes; 0: never */
	__u32 generation; /* the generation this set was written for */
	__u16 rules; /* how many, guards included */
	__u16 snaplen; /* bytes of a packet in its DROP or PASS event */
	__u8 shadow; /* 1: decide and count, drop nothing */
	enum event_mode events;
	__u8 reserved[6];
};

/* Which packets a rule is for. */
enum direction {
	DIRECTION_IN = 0, /* those that arrive */
	DIRECTION_OUT = 1, /* those that leave */
} BYTE_WIDE;

#define DILIH_DIRECTIONS 2

/* How jitter is spread around the delay. */
enum distribution {
	DISTRIBUTION_UNIFORM = 0,
	DISTRIBUTION_NORMAL = 1,
} BYTE_WIDE;

enum action {
	ACTION_PASS = 0,
	ACTION_DROP = 1,
} BYTE_WIDE;

/* The first three are one process to the kernel, which keeps their names for user space. */
enum process {
	PROCESS_INDEPENDENT = 0, /* Gilbert-Elliott that never leaves the good state */
	PROCESS_BURST = 1,
	PROCESS_GEMODEL = 2,
	PROCESS_EVERY = 3, /* each period-th */
	PROCESS_FIRST = 4, /* the first period */
	PROCESS_FLOWS = 5, /* of each flow everything or nothing; SCOPE_FLOW, without a chain */
} BYTE_WIDE;

/* Whose packets make up the sequence that a process runs over. */
enum scope {
	SCOPE_CPU = 0, /* those of each CPU: exact, and free of locks */
	SCOPE_FLOW = 1, /* those of each flow */
	SCOPE_ALL = 2, /* all that match, in the order of an atomic counter */
	SCOPE_PEER = 3, /* those from one address to another, of one protocol */
} BYTE_WIDE;

/* What a packet is. A rule matches if the packet has every kind that the rule asks for. */
enum kind {
	KIND_ARP = 0x001,
	KIND_IP = 0x002, /* IPv4 */
	KIND_IP6 = 0x004,
	KIND_TCP = 0x008, /* by the protocol number: true for every fragment */
	KIND_UDP = 0x010,
	KIND_ICMP = 0x020,
	KIND_ICMP6 = 0x040,
	KIND_ND = 0x080, /* ICMPv6 types 133 to 137, RFC 4861 */
	KIND_PROTOCOL = 0x100, /* `protocol` is known */
	KIND_PORTS = 0x200, /* TCP, UDP or SCTP, and both ports are there */
	KIND_SYN = 0x400, /* TCP with SYN, without ACK, RST and FIN */
};

/* What a rule compares besides kinds, ports and length. */
enum asks {
	ASKS_PROTOCOL = 0x1,
	ASKS_FROM = 0x2,
	ASKS_TO = 0x4,
} BYTE_WIDE;

/* An IPv4 address is in the first four bytes, the others are 0. */
struct prefix {
	__u8 address[16]; /* bits outside the mask are 0 */
	__u8 mask[16];
};

/* Probabilities are 32.32 fixed point: 1 << 32 is 100 %. */
#define DILIH_ONE (1ULL << 32)

/* `rules`, DILIH_BANKS * DILIH_MAX_RULES entries. */
struct rule {
	enum kind kinds; /* bits, all of which the packet must have */
	__u16 sport_first, sport_last; /* 0 to 65535 if not asked for */
	__u16 dport_first, dport_last;
	__u32 length_first,
		length_last; /* on the wire, without VLAN tags; 0 to 2^32 - 1 if not asked for */
	enum asks asks;
	__u8 protocol;
	enum action action;
	enum process process;
	enum scope scope;
	__u8 guard; /* 1: put in front of the user's rules by the tool */
	enum direction direction;
	enum distribution distribution; /* of the jitter */
	__u8 reserved[4];

	struct prefix from, to;

	__u64 key; /* of the rule's random numbers: from the seed and the rule's ordinal */
	__u64 period; /* of PROCESS_EVERY and PROCESS_FIRST, packets */
	/* Gilbert-Elliott, with netem's letters. PROCESS_FLOWS: `good` is the share of flows. */
	__u64 p; /* good to bad */
	__u64 r; /* bad to good */
	__u64 bad; /* 1-h: loss in the bad state */
	__u64 good; /* 1-k: loss in the good state */
	__u64 start; /* that a sequence begins in the bad state */

	/* What becomes of a packet that is not dropped; 0 if nothing. */
	__u64 delay; /* ns */
	__u64 jitter; /* ns */
	__u64 rate; /* bits per second */
	__u64 queue; /* ns that a packet waits at most for its turn under the rate */
	__u64 duplicate; /* probability */
};

/*
 * Where a process stands in its sequence: packets so far << 2 | the last one was picked << 1 | the
 * state is bad. In one word, so that CPUs can share it by compare and swap.
 */
#define CHAIN_BAD 0x1ULL
#define CHAIN_PICKED 0x2ULL
#define CHAIN_SHIFT 2

/* `sequences`, one entry a rule: the chain word of a SCOPE_ALL rule. */

/* `flows`, LRU: the chain word of each flow or peer under each SCOPE_FLOW or SCOPE_PEER rule. */
#define DILIH_MAX_FLOWS 65536

/* `clocks`, LRU: when the last packet under the rate of a rule, or of a flow or peer under it, has gone; ns. */

struct flow_id {
	__u64 key; /* rule.key + the hash of the flow */
	__u64 generation; /* flows of an old set age out unseen */
};

/* ------------------------------------------------------------------ counters, per CPU */

struct tally {
	__u64 packets;
	__u64 bytes;
};

/*
 * `totals`, one entry a direction: since the load. What entered is the sum of the three tallies. What
 * leaves is counted as it will be on the wire, where segmentation may make many packets of one that was
 * decided on: these are lost, or pass, together. Bytes are those of the frames without their VLAN tags, which some
 * hooks cannot see.
 */
struct totals {
	struct tally passed;
	/* By decision: in shadow mode they pass all the same. It stands next to passed. */
	struct tally dropped;
	struct tally queue_dropped; /* as the queue of a rate was full */
	__u64 delayed; /* packets */
	__u64 duplicated; /* packets */
	__u64 reported; /* packets chosen to be reported */
	__u64 events; /* events handed over */
	__u64 no_reader; /* events not handed over: nobody had opened the ring */
	__u64 ring_full; /* ... the reader was too slow */
	__u64 failed; /* ... any other error */
	__u64 flows; /* entries made in `flows` */
	__u64 contended; /* packets of a chain that other CPUs changed at each attempt */
	__u64 unmarked; /* packets that tc_in decided because XDP had not marked them */
	__u64 undelayed; /* packets that a rule would delay, but XDP decided, where nothing can wait */
};

/* `rule_counters`, one entry a rule: since its set came into force. */
struct rule_counters {
	struct tally matched;
	struct tally dropped;
	__u64 queue_dropped; /* packets */
	__u64 delayed; /* packets */
	__u64 delay; /* ns, the sum of the delays asked for */
	__u64 undelayed; /* packets, as in struct totals */
	__u64 duplicated; /* packets */
	__u64 loss_periods; /* runs of consecutive losses, RFC 3357 */
	__u64 state; /* the chain word of a SCOPE_CPU rule */
};

_Static_assert(sizeof(struct perf_trace_event) == 16, "perf_trace_event");
_Static_assert(sizeof(struct enter_event) == 24, "enter_event");
_Static_assert(sizeof(struct control) == 48, "control");
_Static_assert(sizeof(struct fault_set) == 32, "fault_set");
_Static_assert(sizeof(struct prefix) == 32, "prefix");
_Static_assert(sizeof(struct rule) == 192, "rule");
_Static_assert(sizeof(struct flow_id) == 16, "flow_id");
_Static_assert(sizeof(struct totals) == 136, "totals");
_Static_assert(sizeof(struct rule_counters) == 88, "rule_counters");

#endif
