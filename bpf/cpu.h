/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a CPU remembers between two packets: its own affair, no part of the contract. With a copy of
 * the rules at hand, no packet looks at a bank that somebody may be writing.
 */
#ifndef CPU_H
#define CPU_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "dilih.h"
#include "packet.h"

/* One packet in 2^shift is chosen. */
struct sampling {
	__u16 chosen; /* since the last tick or change of shift */
	__u8 shift;
	__u8 pad;
};

/* A packet in the sequence of its rule. */
struct place {
	__u64 key; /* of the random numbers of this sequence */
	__u64 n; /* packets before it */
};

struct cpu {
	__u64 tick; /* jiffies of the last refresh */
	__u64 sampler; /* state of the generator that chooses packets to report */
	__u64 timed_below; /* a packet is timed if the sampler draws less */
	__u64 stream; /* what sets this CPU's random sequences apart */
	__u64 deadline; /* as in struct fault_set */
	__u32 generation; /* the one that the fields below belong to */
	__u32 wants; /* all that some rule asks for: KIND_ and WANTS_ bits */
	__u16 count; /* of rules in force: 0 when the lease has ended */
	__u16 copied; /* of rules below */
	__u16 snaplen;
	__u8 armed; /* 0 in shadow mode: what is dropped passes all the same */
	__u8 events;
	struct sampling timed, passes, drops;
	struct packet packet; /* the one at hand */
	struct place place; /* of it */
	struct rule rules[DILIH_MAX_RULES]; /* those of this direction */
	__u16 entries[DILIH_MAX_RULES]; /* of each, in `rules` */
	/* A copy in the making. */
	struct rule incoming[DILIH_MAX_RULES];
	__u16 incoming_entries[DILIH_MAX_RULES];
	__u32 incoming_wants;
	__u16 incoming_count;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DILIH_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

/* The memory of this CPU for packets of a direction. */
static __always_inline struct cpu *this_cpu(__u32 direction)
{
	return bpf_map_lookup_elem(&cpus, &direction);
}

#endif
