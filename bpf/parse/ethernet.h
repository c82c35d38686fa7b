/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Ethernet and its VLAN tags (IEEE 802.1Q and 802.1ad). */
#ifndef ETHERNET_H
#define ETHERNET_H

#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include "cursor.h"

#define VLAN_DEPTH 2

/* As linux/if_ether.h has it, but aligned: the packed one is read byte by byte. */
struct ethernet_header {
	__u8 dst[ETH_ALEN];
	__u8 src[ETH_ALEN];
	__be16 ethertype;
};

struct vlan_header {
	__be16 tci;
	__be16 ethertype;
};

static __always_inline int parse_ethernet(struct cursor *c, struct packet *packet, __u32 tags)
{
	struct ethernet_header *eth = HEADER(c, struct ethernet_header);
	__be16 type;

	if (!eth)
		return -1;
	type = eth->ethertype;
	c->at = eth + 1;
#pragma unroll
	for (int i = 0; i < VLAN_DEPTH; i++) {
		struct vlan_header *vlan;

		if (tags && i == VLAN_DEPTH - 1)
			break;
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		vlan = HEADER(c, struct vlan_header);
		if (!vlan)
			return -1;
		type = vlan->ethertype;
		c->at = vlan + 1;
	}
	packet->ethertype = bpf_ntohs(type);
	return 0;
}

#endif
