/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) up to where the transport begins. */
#ifndef NETWORK_H
#define NETWORK_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "cursor.h"

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP6_MORE_FRAGMENTS 0x0001
#define IP6_FRAGMENT_OFFSET 0xfff8

#define IPV6_EXTENSIONS 8 /* so many are walked */
#define IPPROTO_MOBILITY 135 /* IPPROTO_MH, where linux/in6.h has it */

/* What all extension headers have, and they are never shorter. */
struct ipv6_extension {
	__u8 next;
	__u8 length;
	__be16 fragment; /* in a fragment header: offset and flags */
	__u32 rest;
};

static __always_inline int parse_ipv4(struct cursor *c, struct packet *packet, __u32 wants)
{
	struct iphdr *ip = HEADER(c, struct iphdr);
	__u16 fragment;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return -1;
	if (ends_before(c, c->at + ip->ihl * 4))
		return -1;
	c->kinds |= KIND_IP;
	if (wants & WANTS_ADDRESSES) {
		packet->src[0] = ip->saddr;
		packet->dst[0] = ip->daddr;
	}
	fragment = bpf_ntohs(ip->frag_off);
	packet->fragment = (fragment & (IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET)) != 0;
	packet->later_fragment = (fragment & IP_FRAGMENT_OFFSET) != 0;
	packet->next = ip->protocol;
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

/*
 * Puts the cursor at packet->offset. The verifier does not follow what is in a map: to it this is one
 * pointer, whichever way led here. With a pointer for each way through the extension headers it would
 * check all that comes after them for each, 3 times the instructions of the whole program. The bound
 * is beyond every header that is looked for: 8 extensions have at most 16,384 bytes.
 */
static __always_inline int go_to_offset(struct cursor *c, const struct packet *packet)
{
	__u32 offset = *(volatile __u32 *)&packet->offset;

	if (offset > 0x7fff)
		return -1;
	c->at = c->data + offset;
	return 0;
}

/* One extension header: 1 if it was the last to look at, -1 if it is cut off. */
static __always_inline int skip_extension(struct cursor *c, struct packet *packet, __u8 protocol)
{
	struct ipv6_extension *header;
	__u16 fragment;

	if (go_to_offset(c, packet))
		return -1;
	header = HEADER(c, struct ipv6_extension);
	if (!header)
		return -1;
	packet->next = header->next;
	packet->offset += extension_size(protocol, header->length);
	if (protocol != IPPROTO_FRAGMENT)
		return 0;
	fragment = bpf_ntohs(header->fragment);
	packet->fragment |= (fragment & (IP6_MORE_FRAGMENTS | IP6_FRAGMENT_OFFSET)) != 0;
	packet->later_fragment = (fragment & IP6_FRAGMENT_OFFSET) != 0;
	return packet->later_fragment;
}

/* Leaves the cursor after the extension headers, or fails if they are cut off or too many. */
static __always_inline int skip_extensions(struct cursor *c, struct packet *packet)
{
	int skipped = 0;

	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		__u8 protocol = *(volatile __u8 *)&packet->next;

		if (!is_extension(protocol))
			break;
		skipped = skip_extension(c, packet, protocol);
		if (skipped)
			break;
	}
	if (skipped < 0 || (!skipped && is_extension(*(volatile __u8 *)&packet->next)))
		return -1;
	return go_to_offset(c, packet) || ends_before(c, c->at) ? -1 : 0;
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
	packet->next = ip->nexthdr;
	packet->offset = (void *)(ip + 1) - c->data;
	return skip_extensions(c, packet);
}

#endif
