//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: this should drop the first three packets, and let all others pass. Its test finds a mistake. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&packets, &first);

	if (!count)
		return XDP_PASS;
	return __sync_fetch_and_add(count, 1) <= 3 ? XDP_DROP : XDP_PASS;
}
