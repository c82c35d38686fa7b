/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* When a packet that its rule does not drop is released, and how many times. */
#ifndef RELEASE_H
#define RELEASE_H

#include <bpf/bpf_helpers.h>
#include "../cpu.h"
#include "../verdict.h"
#include "delay.h"
#include "rate.h"

/* When a frame that passes goes on, and how often. */
struct wait {
	__u64 delay; /* ns */
	__u64 release; /* when it goes on, ns of CLOCK_MONOTONIC; 0: at once, and it never goes near the queue */
	__u64 twice; /* 1: it comes twice */
};

/*
 * Works out when a frame goes on. Returns VERDICT_PASS, or VERDICT_QUEUE_FULL if the queue of the rate has no room. The
 * random bits are those of the complemented key, so that they differ from those that the loss is drawn from.
 *
 * A global function, so that the verifier does not check what comes after it once for each possible delay.
 */
__noinline __u64 schedule(const struct cpu *cpu, const struct rule *rule, __u64 bytes,
			  struct totals *sum, struct wait *wait)
{
	__u64 now = bpf_ktime_get_ns(), release = now, random;

	if (!cpu || !rule || !sum || !wait)
		return VERDICT_PASS;
	random = draw(~cpu->place.key, cpu->place.n);
	if (rule->rate)
		release = take_turn(cpu, rule, bytes, now, sum);
	if (release == NO_TURN)
		return VERDICT_QUEUE_FULL;
	release += asked_delay(rule, random);
	wait->twice = happens(random, rule->duplicate);
	wait->delay = release - now;
	wait->release = wait->delay || wait->twice ? release : 0;
	return VERDICT_PASS;
}

/* Counts the packets of a frame that its rule would delay, decided where nothing can wait. */
static __always_inline void count_undelayed(const struct rule *rule, struct rule_counters *counters,
					    struct totals *sum, __u64 packets)
{
	if (rule->delay | rule->rate) {
		counters->undelayed += packets;
		sum->undelayed += packets;
	}
}

static __always_inline void count_queued(struct rule_counters *counters, struct totals *sum,
					 __u64 verdict, __u64 packets, const struct wait *wait)
{
	__u64 delayed = wait->delay ? packets : 0, twice = wait->twice * packets;

	if (verdict == VERDICT_QUEUE_FULL)
		counters->queue_dropped += packets;
	counters->delayed += delayed;
	counters->delay += delayed * wait->delay;
	counters->duplicated += twice;
	sum->delayed += delayed;
	sum->duplicated += twice;
}

#endif
