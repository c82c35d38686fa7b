//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Drops half of all packets, and tells user space of each: ENTER, and then DROP or PASS. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TYPE_ENTER 1
#define TYPE_DROP 2
#define TYPE_PASS 3

struct event {
	__u64 timestamp; /* ns since the machine was started */
	__u32 processing_time_ns;
	__u8 type;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); /* no max_entries: a ring for each CPU */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output_map SEC(".maps");

SEC("xdp")
int half(struct xdp_md *ctx)
{
	struct event event = {.timestamp = bpf_ktime_get_ns(), .type = TYPE_ENTER};
	__u64 entered = event.timestamp;
	int verdict = XDP_PASS;

	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
	event.type = TYPE_PASS;
	if (bpf_get_prandom_u32() % 2 == 0) {
		verdict = XDP_DROP;
		event.type = TYPE_DROP;
	}
	event.timestamp = bpf_ktime_get_ns();
	event.processing_time_ns = event.timestamp - entered;
	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return verdict;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
