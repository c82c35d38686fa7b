//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: drop everything but ARP. Its frames have ETH_P_ARP in h_proto, in the byte order of the network. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	if ((void *)(ethernet + 1) > end) /* the header is not all there */
		return XDP_DROP;
	return XDP_DROP;
}
