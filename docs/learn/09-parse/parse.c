//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Drops UDP, of IPv4 and IPv6, also after up to two VLAN tags. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct vlan {
	__be16 tag;
	__be16 proto; /* what comes after it, as h_proto of Ethernet */
};

static __always_inline int is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD);
}

SEC("xdp")
int parse(struct xdp_md *ctx)
{
	void *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = at;
	__u8 protocol = 0;
	__be16 proto;
	int tags;

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	proto = ethernet->h_proto;
	at = ethernet + 1;
	for (tags = 0; tags < 2 && is_vlan(proto); tags++) {
		struct vlan *vlan = at;

		if ((void *)(vlan + 1) > end)
			return XDP_PASS;
		proto = vlan->proto;
		at = vlan + 1;
	}
	if (proto == bpf_htons(ETH_P_IP) && at + sizeof(struct iphdr) <= end)
		protocol = ((struct iphdr *)at)->protocol;
	else if (proto == bpf_htons(ETH_P_IPV6) && at + sizeof(struct ipv6hdr) <= end)
		protocol = ((struct ipv6hdr *)at)->nexthdr;
	return protocol == IPPROTO_UDP ? XDP_DROP : XDP_PASS;
}
