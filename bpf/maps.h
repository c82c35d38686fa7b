/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The maps. Each is pinned under its own name; dilih.h says what is in them. */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "parse/packet.h"

/* No max_entries: the loader then makes it one ring for each possible CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DILIH_BANKS);
	__type(key, __u32);
	__type(value, struct fault_set);
} sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DILIH_BANKS *DILIH_MAX_RULES);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DILIH_BANKS *DILIH_MAX_RULES);
	__type(key, __u32);
	__type(value, __u64);
} sequences SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DILIH_MAX_FLOWS);
	__type(key, struct flow_id);
	__type(value, __u64);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DILIH_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct totals);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DILIH_BANKS *DILIH_MAX_RULES);
	__type(key, __u32);
	__type(value, struct rule_counters);
} rule_counters SEC(".maps");

/* One packet in 2^shift is picked. */
struct sampling {
	__u16 picked; /* since the last tick or change of shift */
	__u8 shift;
	__u8 pad;
};

/*
 * What a CPU remembers between two ticks: its own affair, no part of the contract. With a copy of
 * the rules at hand, no packet looks at a bank that somebody may be writing.
 */
struct cpu {
	__u64 tick; /* jiffies of the last housekeeping */
	__u64 sampler; /* state of the generator that picks packets to report */
	__u64 timed_below; /* a packet is timed if the sampler draws less */
	__u64 stream; /* what sets this CPU's random sequences apart */
	__u32 generation; /* the one that the fields below belong to */
	__u32 first_entry; /* of the bank in force, in `rules` */
	__u16 count; /* of rules; 0 when there are none, or when the lease has ended */
	__u16 snaplen;
	__u32 wants; /* all that some rule asks for: KIND_ and WANTS_ bits */
	__u8 armed; /* 0 in shadow mode: what falls passes all the same */
	__u8 events;
	__u16 pad;
	struct sampling timed, passes, drops;
	struct packet packet; /* the one at hand */
	struct rule rules[DILIH_MAX_RULES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

#endif
