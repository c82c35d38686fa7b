/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a packet is: one pass over its headers, no more than the rules in force can ask for. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "dilih.h"

#define VLAN_DEPTH 2
#define IPV6_EXTENSIONS 8
#define IPPROTO_MOBILITY 135 /* linux/in6.h calls it IPPROTO_MH, but not always */
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP6_MORE_FRAGMENTS 0x0001
#define IP6_FRAGMENT_OFFSET 0xfff8

#define TCP_FLAGS 13 /* offset of the flags in the header */
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define ND_FIRST 133 /* router solicitation */
#define ND_LAST 137 /* redirect */

/* What the parser is asked to find out: KIND_ bits, and these. */
#define WANTS_ADDRESSES 0x10000
#define WANTS_LENGTH 0x20000
#define WANTS_TRANSPORT                                                                            \
	(KIND_TCP | KIND_UDP | KIND_ICMP | KIND_ICMP6 | KIND_ND | KIND_PROTOCOL | KIND_PORTS |     \
	 KIND_SYN)
#define WANTS_IP (KIND_IP | WANTS_ADDRESSES | (WANTS_TRANSPORT & ~(KIND_ICMP6 | KIND_ND)))
#define WANTS_IP6 (KIND_IP6 | WANTS_ADDRESSES | (WANTS_TRANSPORT & ~KIND_ICMP))

struct packet {
	__u32 kinds; /* KIND_ bits */
	__u32 length; /* bytes of the frame */
	__u16 ethertype; /* host order, behind the VLAN tags; 0: none */
	__u16 sport, dport; /* host order */
	__u8 protocol;
	__u8 fragment; /* of a fragmented datagram, be it the first or a later one */
	__u64 src[2], dst[2]; /* network order, IPv4 in the first four bytes */
};

/* As linux/if_ether.h has it, but aligned: with its packed one clang reads byte by byte. */
struct ethernet_header {
	__u8 dst[ETH_ALEN];
	__u8 src[ETH_ALEN];
	__be16 ethertype;
};

struct vlan_header {
	__be16 tci;
	__be16 ethertype;
};

/* What all extension headers have, and they are never shorter. */
struct ipv6_extension {
	__u8 next;
	__u8 length;
	__be16 fragment; /* in a fragment header: offset and flags */
	__u32 rest;
};

/* Where the parser stands. `end` is that of the frame, `ip_end` what the IP header says. */
struct cursor {
	void *at;
	void *end;
	void *ip;
	__u32 ip_length; /* 0: not said, as in a jumbogram */
	__u32 kinds; /* learnt so far */
	__u8 protocol;
	__u8 later_fragment;
};

/* The next size bytes, if they are in the frame. */
#define HEADER(cursor, type)                                                                       \
	((void *)((type *)(cursor)->at + 1) > (cursor)->end ? (void *)0 : (type *)(cursor)->at)

/* Frames are padded to 60 bytes: what lies behind the IP packet is not part of it. */
static __always_inline int in_ip(const struct cursor *c, __u32 size)
{
	return !c->ip_length || (__u32)(c->at - c->ip) + size <= c->ip_length;
}

static __always_inline int parse_ethernet(struct cursor *c, struct packet *packet)
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

static __always_inline int parse_ipv4(struct cursor *c, struct packet *packet, __u32 wants)
{
	struct iphdr *ip = HEADER(c, struct iphdr);
	__u16 fragment;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return -1;
	if (c->at + ip->ihl * 4 > c->end)
		return -1;
	c->kinds |= KIND_IP;
	if (wants & WANTS_ADDRESSES) {
		packet->src[0] = ip->saddr;
		packet->dst[0] = ip->daddr;
	}
	fragment = bpf_ntohs(ip->frag_off);
	packet->fragment = (fragment & (IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET)) != 0;
	c->later_fragment = (fragment & IP_FRAGMENT_OFFSET) != 0;
	c->protocol = ip->protocol;
	c->ip = ip;
	c->ip_length = bpf_ntohs(ip->tot_len);
	c->at += ip->ihl * 4;
	return 0;
}

static __always_inline int is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_AH || protocol == IPPROTO_MOBILITY;
}

static __always_inline __u32 extension_size(__u8 protocol, __u8 length)
{
	if (protocol == IPPROTO_FRAGMENT)
		return 8;
	if (protocol == IPPROTO_AH)
		return (length + 2) * 4;
	return (length + 1) * 8;
}

/* Leaves the cursor behind the extension headers, or fails if they are cut off or too many. */
static __always_inline int skip_extensions(struct cursor *c, struct packet *packet)
{
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		struct ipv6_extension *header;
		__u8 protocol = c->protocol;
		__u16 fragment;

		if (!is_extension(protocol))
			return 0;
		header = HEADER(c, struct ipv6_extension);
		if (!header)
			return -1;
		c->at += extension_size(protocol, header->length);
		if (c->at > c->end)
			return -1;
		c->protocol = header->next;
		if (protocol != IPPROTO_FRAGMENT)
			continue;
		fragment = bpf_ntohs(header->fragment);
		packet->fragment |= (fragment & (IP6_MORE_FRAGMENTS | IP6_FRAGMENT_OFFSET)) != 0;
		c->later_fragment = (fragment & IP6_FRAGMENT_OFFSET) != 0;
		if (c->later_fragment)
			return 0;
	}
	return is_extension(c->protocol) ? -1 : 0;
}

static __always_inline int parse_ipv6(struct cursor *c, struct packet *packet, __u32 wants)
{
	struct ipv6hdr *ip = HEADER(c, struct ipv6hdr);
	__u16 payload;

	if (!ip || ip->version != 6)
		return -1;
	c->kinds |= KIND_IP6;
	if (wants & WANTS_ADDRESSES) {
		__builtin_memcpy(packet->src, &ip->saddr, sizeof(packet->src));
		__builtin_memcpy(packet->dst, &ip->daddr, sizeof(packet->dst));
	}
	payload = bpf_ntohs(ip->payload_len);
	c->ip = ip;
	c->ip_length = payload ? payload + sizeof(*ip) : 0;
	c->protocol = ip->nexthdr;
	c->at = ip + 1;
	return skip_extensions(c, packet);
}

static __always_inline void parse_ports(struct cursor *c, struct packet *packet)
{
	__be16 *ports = c->at;

	if (c->at + 2 * sizeof(*ports) > c->end || !in_ip(c, 2 * sizeof(*ports)))
		return;
	c->kinds |= KIND_PORTS;
	packet->sport = bpf_ntohs(ports[0]);
	packet->dport = bpf_ntohs(ports[1]);
}

static __always_inline void parse_tcp_flags(struct cursor *c)
{
	__u8 *flags = c->at + TCP_FLAGS;

	if ((void *)(flags + 1) > c->end || !in_ip(c, TCP_FLAGS + 1))
		return;
	if ((*flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN)
		c->kinds |= KIND_SYN;
}

static __always_inline void parse_nd(struct cursor *c)
{
	__u8 *type = c->at;

	if ((void *)(type + 1) > c->end || !in_ip(c, 1))
		return;
	if (*type >= ND_FIRST && *type <= ND_LAST)
		c->kinds |= KIND_ND;
}

/* Of a later fragment only the protocol is known: the headers were in the first. */
static __always_inline void parse_transport(struct cursor *c, struct packet *packet)
{
	int first = !c->later_fragment;

	packet->protocol = c->protocol;
	c->kinds |= KIND_PROTOCOL;
	if (c->protocol == IPPROTO_TCP) {
		c->kinds |= KIND_TCP;
		if (first) {
			parse_ports(c, packet);
			parse_tcp_flags(c);
		}
	} else if (c->protocol == IPPROTO_UDP || c->protocol == IPPROTO_SCTP) {
		if (c->protocol == IPPROTO_UDP)
			c->kinds |= KIND_UDP;
		if (first)
			parse_ports(c, packet);
	} else if (c->protocol == IPPROTO_ICMP && c->kinds & KIND_IP) {
		c->kinds |= KIND_ICMP;
	} else if (c->protocol == IPPROTO_ICMPV6 && c->kinds & KIND_IP6) {
		c->kinds |= KIND_ICMP6;
		if (first)
			parse_nd(c);
	}
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
static __always_inline void parse(struct xdp_md *ctx, struct packet *packet, __u32 wants)
{
	struct cursor c = {
		.at = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};

	__builtin_memset(packet, 0, sizeof(*packet));
	packet->length = c.end - c.at;
	if (!parse_ethernet(&c, packet))
		parse_network(&c, packet, wants);
	packet->kinds = c.kinds;
	barrier();
}

#endif
