//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The stages of dilih in small: which packets, is it picked, count, act. It drops a share of what is longer than 100. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct fault {
	__u64 seed;
	__u32 longer_than; /* bytes */
	__u32 percent;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fault);
} faults SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64); /* matched, dropped */
} counters SEC(".maps");

/* SplitMix64: the nth number of a seed, with no state that moves on. */
static __always_inline __u64 draw(__u64 seed, __u64 n)
{
	__u64 z = seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

SEC("xdp")
int pick(struct xdp_md *ctx)
{
	__u32 first = 0, second = 1;
	struct fault *fault = bpf_map_lookup_elem(&faults, &first);
	__u64 *matched = bpf_map_lookup_elem(&counters, &first);
	__u64 *dropped = bpf_map_lookup_elem(&counters, &second);
	__u64 n;

	if (!fault || !matched || !dropped)
		return XDP_PASS;
	if (ctx->data_end - ctx->data <= fault->longer_than) /* match */
		return XDP_PASS;
	n = __sync_fetch_and_add(matched, 1);
	if (draw(fault->seed, n) % 100 >= fault->percent) /* pick */
		return XDP_PASS;
	__sync_fetch_and_add(dropped, 1); /* count */
	return XDP_DROP; /* act */
}
