//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The program that dilih grew out of, as an article would show it: it drops half of all packets, and
 * tells user space about each. The benchmarks compare dilih with it.
 *
 * What is wrong with it, and dilih does otherwise:
 *   - The processing time of a DROP or a PASS contains the sending of the ENTER before it, and that is
 *     most of it: the program measures its own measuring.
 *   - Each packet pays for three clock reads, two events and a call for a random number.
 *   - Events are all there is. Without a reader, or with a slow one, nobody knows what was dropped.
 *   - The random numbers are the kernel's: no run can be had again.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum event_type {
	TYPE_ENTER = 1,
	TYPE_DROP = 2,
	TYPE_PASS = 3,
};

struct event {
	__u64 timestamp; /* ns of CLOCK_MONOTONIC */
	__u32 processing_time_ns; /* since the packet came in */
	__u32 type; /* enum event_type */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output_map SEC(".maps");

static __always_inline void report(struct xdp_md *ctx, __u64 entered, enum event_type type)
{
	__u64 now = bpf_ktime_get_ns();
	struct event event = {
		.timestamp = now,
		.processing_time_ns = now - entered,
		.type = type,
	};

	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
}

SEC("xdp")
int xdp_article(struct xdp_md *ctx)
{
	__u64 entered = bpf_ktime_get_ns();

	report(ctx, entered, TYPE_ENTER);
	if (bpf_get_prandom_u32() % 2) {
		report(ctx, entered, TYPE_DROP);
		return XDP_DROP;
	}
	report(ctx, entered, TYPE_PASS);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
