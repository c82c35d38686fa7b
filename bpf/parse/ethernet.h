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

/* The longest header with tags that are looked through. */
#define TAGGED_HEADER (sizeof(struct ethernet_header) + VLAN_DEPTH * sizeof(struct vlan_header))

static __always_inline int is_tag(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

/* Returns the size of the tags after the addresses, of so many at most. One that is cut off is none. */
static __always_inline __u32 size_of_tags(const void *data, const void *end, __u32 most)
{
	const struct ethernet_header *eth = data;
	const struct vlan_header *vlan = (const void *)(eth + 1);

	if ((const void *)(vlan + 1) > end || !is_tag(eth->ethertype))
		return 0;
	if (most < 2 || (const void *)(vlan + 2) > end || !is_tag(vlan->ethertype))
		return sizeof(*vlan);
	return 2 * sizeof(*vlan);
}

_Static_assert(VLAN_DEPTH == 2, "size_of_tags");

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
		if (!is_tag(type))
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
