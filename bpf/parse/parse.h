/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One pass over the headers of a packet, no further than the rules in force can ask. */
#ifndef PARSE_H
#define PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "../frame.h"
#include "../packet.h"
#include "cursor.h"
#include "ethernet.h"
#include "network.h"
#include "transport.h"

/* Without an Ethernet header the version of IP has to say what it is. */
static __always_inline int parse_ip_version(struct cursor *c, struct packet *packet)
{
	__u8 *version = HEADER(c, __u8);

	if (!version)
		return -1;
	if (*version >> 4 == 4)
		packet->ethertype = ETH_P_IP;
	else if (*version >> 4 == 6)
		packet->ethertype = ETH_P_IPV6;
	return 0;
}

static __always_inline int parse_link(struct cursor *c, struct packet *packet, enum link link,
				      __u32 tags)
{
	if (link == LINK_IP)
		return parse_ip_version(c, packet);
	return parse_ethernet(c, packet, tags);
}

static __always_inline void parse_network(struct cursor *c, struct packet *packet, __u32 wants)
{
	if (packet->ethertype == ETH_P_IP && wants & WANTS_IP) {
		if (!parse_ipv4(c, packet, wants))
			parse_transport(c, packet);
	} else if (packet->ethertype == ETH_P_IPV6 && wants & WANTS_IP6) {
		if (!parse_ipv6(c, packet, wants))
			parse_transport(c, packet);
	} else if (packet->ethertype == ETH_P_ARP) {
		c->kinds |= KIND_ARP;
	}
}

/*
 * A header that is cut off or odd ends the walk: what was learnt before it stands, and a rule that
 * asks for more does not match. The result lies in a map, whose contents the verifier does not
 * follow: it need not try each kind of packet with each rule.
 */
static __always_inline void parse(void *data, void *end, enum link link, __u32 tags, __u32 wants,
				  struct packet *packet)
{
	struct cursor c = {.at = data, .data = data, .end = end, .packet = packet};

	__builtin_memset(packet, 0, sizeof(*packet));
	if (!parse_link(&c, packet, link, tags))
		parse_network(&c, packet, wants);
	packet->kinds = c.kinds;
}

static __always_inline void parse_at_xdp(struct xdp_md *ctx, enum link link, __u32 wants,
					 struct packet *packet)
{
	parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, link, 0, wants, packet);
}

/*
 * A global function: the verifier looks at it once for both of its calls, and at what comes after them not for each
 * way through the headers: 50,000 instructions in tc_in, instead of 60,000.
 */
__noinline int parse_at_tc(struct __sk_buff *skb, enum link link, __u32 wants,
			   struct packet *packet)
{
	if (packet)
		parse((void *)(long)skb->data, (void *)(long)skb->data_end, link, skb->vlan_present,
		      wants, packet);
	return 0;
}

#endif
