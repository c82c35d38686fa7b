//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Drops a share of all packets, which user space can change, and keeps how long it took for the last 4096. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SAMPLES 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} percent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SAMPLES);
	__type(key, __u32);
	__type(value, __u32); /* ns */
} times SEC(".maps");

SEC("xdp")
int rate(struct xdp_md *ctx)
{
	__u64 entered = bpf_ktime_get_ns();
	__u32 first = 0, *share = bpf_map_lookup_elem(&percent, &first), *time, slot;
	__u64 *count = bpf_map_lookup_elem(&packets, &first);
	int verdict = XDP_PASS;

	if (!share || !count)
		return XDP_PASS;
	if (bpf_get_prandom_u32() % 100 < *share)
		verdict = XDP_DROP;
	slot = __sync_fetch_and_add(count, 1) % SAMPLES;
	time = bpf_map_lookup_elem(&times, &slot);
	if (time)
		*time = bpf_ktime_get_ns() - entered;
	return verdict;
}
