/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What there is to know of a packet, and what of it the rules can ask for. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/types.h>
#include "dilih.h"

struct packet {
	__u32 kinds; /* KIND_ bits */
	__u32 length; /* bytes on the wire, without VLAN tags */
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

#endif
