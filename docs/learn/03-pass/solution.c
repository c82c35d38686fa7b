//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: the length is the distance from the first byte to the end. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LONGEST 1000

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	if (ctx->data_end - ctx->data > LONGEST)
		return XDP_DROP;
	return XDP_PASS;
}
