/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What there is to know of a packet, and the cursor with which the parser finds it out. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/types.h>
#include "../dilih.h"

struct packet {
	__u32 kinds; /* KIND_ bits */
	__u32 length; /* bytes, as on the wire */
	__u32 offset; /* of the header that the parser goes on with, from the start of the frame */
	__u16 ethertype; /* host order, after the VLAN tags; 0: none */
	__u16 sport, dport; /* host order */
	__u8 protocol;
	__u8 fragment; /* of a fragmented datagram, be it the first or a later one */
	__u8 later_fragment; /* not the first one: it has no transport header */
	__u8 next; /* the protocol of what is at the offset */
	__u8 cut; /* a header was looked for that the frame ends before */
	__u8 pad[7];
	__u64 src[2], dst[2]; /* network order, IPv4 in the first four bytes */
};

/* What the parser is asked to find out: KIND_ bits, and these. */
#define WANTS_ADDRESSES 0x10000
#define WANTS_LENGTH 0x20000
#define WANTS_TRANSPORT                                                                            \
	(KIND_TCP | KIND_UDP | KIND_ICMP | KIND_ICMP6 | KIND_ND | KIND_PROTOCOL | KIND_PORTS |     \
	 KIND_SYN)
#define WANTS_IP (KIND_IP | WANTS_ADDRESSES | (WANTS_TRANSPORT & ~(KIND_ICMP6 | KIND_ND)))
#define WANTS_IP6 (KIND_IP6 | WANTS_ADDRESSES | (WANTS_TRANSPORT & ~KIND_ICMP))

/* Where the parser stands, and what it has learnt on the way. */
struct cursor {
	void *at;
	void *data; /* of the frame, as in struct frame */
	void *end;
	void *ip;
	struct packet *packet; /* what is learnt */
	__u32 ip_length; /* as the IP header says; 0: it does not, as in a jumbogram */
	__u32 kinds;
};

/* Whether the frame ends before this byte. */
static __always_inline int ends_before(const struct cursor *c, const void *byte)
{
	if (byte <= c->end)
		return 0;
	c->packet->cut = 1;
	return 1;
}

/* The header of this type at the cursor, or null if the frame ends within it. */
#define HEADER(cursor, type)                                                                       \
	(ends_before(cursor, (type *)(cursor)->at + 1) ? (void *)0 : (type *)(cursor)->at)

#endif
