//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Exercise: this drops half of all packets, others in each run, because n is random. Make it drop the same ones:
 * n should be how many packets came before.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SEED 42

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

static __always_inline __u64 draw(__u64 seed, __u64 n)
{
	__u64 z = seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&packets, &first);

	if (!count)
		return XDP_PASS;
	return draw(SEED, bpf_get_prandom_u32()) % 2 ? XDP_DROP : XDP_PASS;
}
