/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The maps of the contract. Each is pinned under its own name; dilih.h says what is in them, and
 * dilih_kern.c who writes and who reads them.
 */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "dilih.h"

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
	__uint(max_entries, DILIH_RULE_ENTRIES);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DILIH_RULE_ENTRIES);
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
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DILIH_MAX_FLOWS);
	__type(key, struct flow_id);
	__type(value, __u64);
} clocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DILIH_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct totals);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DILIH_RULE_ENTRIES);
	__type(key, __u32);
	__type(value, struct rule_counters);
} rule_counters SEC(".maps");

/* What is in force: one look at it tells where a packet is decided, and by which generation. */
static __always_inline const struct control *look_at_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

#endif
