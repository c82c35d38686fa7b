/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Ports, TCP's flags and ICMPv6's type. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "cursor.h"

#define TCP_FLAGS 13 /* offset of the flags in the header */
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define ND_FIRST 133 /* router solicitation */
#define ND_LAST 137 /* redirect */

/* Frames are padded to 60 bytes: what comes after the IP packet is not part of it. */
static __always_inline int in_ip(const struct cursor *c, __u32 size)
{
	return !c->ip_length || (__u32)(c->at - c->ip) + size <= c->ip_length;
}

static __always_inline void parse_ports(struct cursor *c, struct packet *packet)
{
	__be16 *ports = c->at;

	if (ends_before(c, ports + 2) || !in_ip(c, 2 * sizeof(*ports)))
		return;
	c->kinds |= KIND_PORTS;
	packet->sport = bpf_ntohs(ports[0]);
	packet->dport = bpf_ntohs(ports[1]);
}

static __always_inline void parse_tcp_flags(struct cursor *c)
{
	__u8 *flags = c->at + TCP_FLAGS;

	if (ends_before(c, flags + 1) || !in_ip(c, TCP_FLAGS + 1))
		return;
	if ((*flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN)
		c->kinds |= KIND_SYN;
}

static __always_inline void parse_nd(struct cursor *c)
{
	__u8 *type = c->at;

	if (ends_before(c, type + 1) || !in_ip(c, 1))
		return;
	if (*type >= ND_FIRST && *type <= ND_LAST)
		c->kinds |= KIND_ND;
}

/* Of a later fragment only the protocol is known: the headers were in the first. */
static __always_inline void parse_transport(struct cursor *c, struct packet *packet)
{
	__u8 protocol = packet->next;
	int first = !packet->later_fragment;

	packet->protocol = protocol;
	c->kinds |= KIND_PROTOCOL;
	if (protocol == IPPROTO_TCP) {
		c->kinds |= KIND_TCP;
		if (first) {
			parse_ports(c, packet);
			parse_tcp_flags(c);
		}
	} else if (protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
		if (protocol == IPPROTO_UDP)
			c->kinds |= KIND_UDP;
		if (first)
			parse_ports(c, packet);
	} else if (protocol == IPPROTO_ICMP && c->kinds & KIND_IP) {
		c->kinds |= KIND_ICMP;
	} else if (protocol == IPPROTO_ICMPV6 && c->kinds & KIND_IP6) {
		c->kinds |= KIND_ICMP6;
		if (first)
			parse_nd(c);
	}
}

#endif
