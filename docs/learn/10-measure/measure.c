//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Programs that differ by one thing each, to see what that costs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output_map SEC(".maps");

static __always_inline void send(struct xdp_md *ctx, __u64 number)
{
	bpf_perf_event_output(ctx, &output_map, BPF_F_CURRENT_CPU, &number, sizeof(number));
}

SEC("xdp")
int nothing(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int clock(struct xdp_md *ctx)
{
	return bpf_ktime_get_ns() ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int chance(struct xdp_md *ctx)
{
	return bpf_get_prandom_u32() % 2 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int event(struct xdp_md *ctx)
{
	send(ctx, 1);
	return XDP_DROP;
}

SEC("xdp")
int sampled(struct xdp_md *ctx)
{
	if (bpf_get_prandom_u32() < 1 << 25) /* of 2^32: one packet in 128 */
		send(ctx, 1);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
