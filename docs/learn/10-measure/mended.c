//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* As half.c of lesson 6, but the time is taken before the first event is sent. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TYPE_ENTER 1
#define TYPE_DROP 2
#define TYPE_PASS 3

struct event {
	__u64 timestamp; /* ns since the machine was started */
	__u32 processing_time_ns;
	__u32 type; /* of 4 bytes, so that there is no padding */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output_map SEC(".maps");

SEC("xdp")
int mended(struct xdp_md *ctx)
{
	struct event enter = {.timestamp = bpf_ktime_get_ns(), .type = TYPE_ENTER};
	struct event leave = {.type = TYPE_PASS};
	int verdict = XDP_PASS;

	if (bpf_get_prandom_u32() % 2 == 0) {
		verdict = XDP_DROP;
		leave.type = TYPE_DROP;
	}
	leave.timestamp = bpf_ktime_get_ns();
	leave.processing_time_ns = leave.timestamp - enter.timestamp;
	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &enter, sizeof(enter));
	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &leave, sizeof(leave));
	return verdict;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
