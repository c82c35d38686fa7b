//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: count only one packet in 64, picked by chance, and count it as 64. So the sum stays about the same. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&packets, &first);

	if (count)
		*count += 64;
	return XDP_PASS;
}
