/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How long a packet is delayed by its rule. bpf/model/effect.go has the same in Go. */
#ifndef DELAY_H
#define DELAY_H

#include "../dilih.h"
#include "../random.h"

/*
 * The sum of the twelve 16-bit numbers in three words, less its mean: nearly normal (Irwin-Hall), with a
 * standard deviation of 1 << 16.
 */
static __always_inline __s64 nearly_normal(__u64 random)
{
	__s64 sum = -12 * 0xffff / 2;

	for (int i = 0; i < 3; i++) {
		random = mix64(random);
		sum += (random & 0xffff) + (random >> 16 & 0xffff) + (random >> 32 & 0xffff) +
		       (random >> 48);
	}
	return sum;
}

/* ns, of 64 random bits. */
static __always_inline __u64 asked_delay(const struct rule *rule, __u64 random)
{
	__s64 delay;

	if (rule->distribution == DISTRIBUTION_UNIFORM)
		return rule->delay - rule->jitter + (2 * rule->jitter * (random >> 34) >> 30);
	delay = (__s64)rule->delay + ((__s64)rule->jitter * nearly_normal(random) >> 16);
	return delay < 0 ? 0 : delay;
}

#endif
