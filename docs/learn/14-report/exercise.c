//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Exercise: a histogram of the time between two clock readings. Slot n should count the times from 2^n up to
 * 2^(n+1) - 1 ns; so 100 ns are counted in slot 6. So far all are in slot 0.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SLOTS 32

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} histogram SEC(".maps");

static __always_inline __u32 slot_of(__u32 ns)
{
	return 0;
}

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	__u64 entered = bpf_ktime_get_ns();
	/* A packet whose first bytes are a number is counted as if it had taken so long, for the test. */
	__u32 *given = (void *)(long)ctx->data;
	__u32 ns = bpf_ktime_get_ns() - entered, slot;
	__u64 *count;

	if ((void *)(given + 1) <= (void *)(long)ctx->data_end && *given)
		ns = *given;
	slot = slot_of(ns);
	count = bpf_map_lookup_elem(&histogram, &slot);
	if (count)
		++*count;
	return XDP_PASS;
}
