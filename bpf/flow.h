/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What makes packets one flow. bpf/model/flow.go has the same in Go. */
#ifndef FLOW_H
#define FLOW_H

#include "packet.h"
#include "random.h"

/* Folding before the product lets the upper bits of a word reach the lower half of the sum. */
static __always_inline __u64 spread(__u64 word, __u64 factor)
{
	return (word ^ (word >> 32)) * factor;
}

/*
 * Of addresses, protocol and EtherType, and of ports for a flow but not for a peer. All fragments of a
 * datagram go without ports.
 */
static __always_inline __u64 flow_hash(const struct packet *packet, enum scope scope)
{
	int portless = packet->fragment || scope == SCOPE_PEER;
	__u64 ports = portless ? 0 : (__u64)packet->sport << 16 | packet->dport;
	__u64 rest = ports << 32 | (__u32)packet->ethertype << 16 | packet->protocol;

	return mix64(spread(packet->src[0], GAMMA) + spread(packet->src[1], 0xd1342543de82ef95ULL) +
		     spread(packet->dst[0], 0xaf251af3b0f025b5ULL) +
		     spread(packet->dst[1], 0xb564ef22ec7aece5ULL) +
		     spread(rest, 0xf7c2ebc08f67f2b5ULL));
}

#endif
