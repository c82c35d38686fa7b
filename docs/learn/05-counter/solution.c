//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: the bytes of the packets are in the second entry of the map. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline void add(__u32 entry, __u64 number)
{
	__u64 *sum = bpf_map_lookup_elem(&counts, &entry);

	if (sum)
		*sum += number;
}

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	add(0, 1);
	add(1, ctx->data_end - ctx->data);
	return XDP_PASS;
}
