//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Every packet may go on, but one that is shorter than an Ethernet header is a mistake. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	__u32 length = ctx->data_end - ctx->data;

	if (length < ETH_HLEN)
		return XDP_ABORTED;
	return XDP_PASS;
}
