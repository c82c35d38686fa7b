/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random numbers that can be had again: SplitMix64 (Steele, Lea and Flood, 2014). The nth draw of
 * a sequence is a function of its key and n, so that no state is needed but the count of packets.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

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

/*
 * 1 with the probability of a 32.32 fixed point number, by 32 random bits, or else 0: the difference
 * is negative then. Without a branch, as a fair coin makes a CPU guess wrong: an `if` costs 6 to 8 ns.
 */
static __always_inline __u64 happens(__u32 bits, __u64 probability)
{
	return (bits - probability) >> 63;
}

#endif
