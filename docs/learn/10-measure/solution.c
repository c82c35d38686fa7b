//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: draw the random number first, and use the map only then. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *count;

	if (bpf_get_prandom_u32() % 64)
		return XDP_PASS;
	count = bpf_map_lookup_elem(&packets, &first);
	if (count)
		*count += 64;
	return XDP_PASS;
}
