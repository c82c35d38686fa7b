//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A mistake: the rings are written as 1024, whatever the number of CPUs is. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1024);
} output_map SEC(".maps");

SEC("xdp")
int fixed(struct xdp_md *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &now, sizeof(now));
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
