//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Counts packets. The count lies in a map, where user space can read it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); /* a copy for each CPU: none waits for another */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int counter(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&packets, &first);

	if (!count) /* it is always there, but not each verifier knows that */
		return XDP_PASS;
	++*count;
	return XDP_PASS;
}
