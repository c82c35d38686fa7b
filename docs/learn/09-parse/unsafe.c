//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A mistake: it reads the Ethernet header, and has not asked if that is there. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int unsafe(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;

	return ethernet->h_proto == bpf_htons(ETH_P_ARP) ? XDP_PASS : XDP_DROP;
}
