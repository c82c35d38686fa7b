//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: of the ten possible remainders one is 0. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	if (bpf_get_prandom_u32() % 10 == 0)
		return XDP_DROP;
	return XDP_PASS;
}
