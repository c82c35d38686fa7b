//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: drop every packet. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int solution(struct xdp_md *ctx)
{
	return XDP_DROP;
}
