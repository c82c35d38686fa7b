/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random numbers that can be had again: SplitMix64 (Steele, Lea and Flood, 2014). The nth draw of
 * a sequence is a function of its key and n, so that no state is needed but the count of packets.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <bpf/bpf_helpers.h>
#include "parse/packet.h"

#define GAMMA 0x9e3779b97f4a7c15ULL

static __always_inline __u64 mix64(__u64 z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The draw for the nth packet of the sequence, from 0. */
static __always_inline __u64 draw(__u64 key, __u64 n)
{
	return mix64(key + (n + 1) * GAMMA);
}

/* 1 with the probability of a 32.32 fixed point number, by 32 random bits, or else 0. No branch. */
static __always_inline __u64 happens(__u32 bits, __u64 probability)
{
	return (bits - probability) >> 63;
}

/* Folding before the product lets the upper bits of a word reach the lower half of the sum. */
static __always_inline __u64 spread(__u64 word, __u64 factor)
{
	return (word ^ (word >> 32)) * factor;
}

/* Of addresses, ports, protocol and EtherType. All fragments of a datagram go without ports. */
static __always_inline __u64 flow_hash(const struct packet *packet)
{
	__u64 ports = packet->fragment ? 0 : (__u64)packet->sport << 16 | packet->dport;
	__u64 rest = ports << 32 | (__u32)packet->ethertype << 16 | packet->protocol;

	return mix64(spread(packet->src[0], GAMMA) + spread(packet->src[1], 0xd1342543de82ef95ULL) +
		     spread(packet->dst[0], 0xaf251af3b0f025b5ULL) +
		     spread(packet->dst[1], 0xb564ef22ec7aece5ULL) +
		     spread(rest, 0xf7c2ebc08f67f2b5ULL));
}

#endif
