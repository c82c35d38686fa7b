//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: the section named license. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	if (ctx->data == ctx->data_end)
		bpf_printk("an empty packet");
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
