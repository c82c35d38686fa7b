/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What becomes of a frame: match, pick, schedule, count. It is the same for every hook. */
#ifndef DECIDE_H
#define DECIDE_H

#include "act/effects.h"
#include "act/release.h"
#include "cpu.h"
#include "frame.h"
#include "maps.h"
#include "match.h"
#include "parse/parse.h"
#include "pick.h"
#include "verdict.h"

/* Counts the packets of a frame so many times. */
static __always_inline void count(struct tally *tally, __u64 times, const struct frame *frame)
{
	tally->packets += times * frame->packets;
	tally->bytes += times * frame->bytes;
}

/*
 * A verdict for the totals, as an index and not as a branch, see happens(). clang 19 proves how large it
 * can be and leaves out the mask, which Linux 6.1 then misses: the barrier hides it.
 */
static __always_inline void count_verdict(struct totals *sum, __u64 verdict,
					  const struct frame *frame)
{
	struct tally *by_verdict = &sum->passed;

	barrier_var(verdict);
	count(&by_verdict[verdict & 3], 1, frame);
}

/*
 * Parses once more, with all of the frame readable, if the headers were cut off. That is seldom needed: what a socket
 * sends has its headers together, except frames of a PACKET_TX_RING.
 */
static __always_inline void parse_skb(struct __sk_buff *skb, enum link link, struct cpu *cpu)
{
	parse_at_tc(skb, link, cpu->wants, &cpu->packet);
	if (cpu->packet.cut && is_partial(skb) && !bpf_skb_pull_data(skb, skb->len))
		parse_at_tc(skb, link, cpu->wants, &cpu->packet);
}

/* The index of the rule that the frame matches first, as first_match() has it. */
static __always_inline __u32 match(const struct frame *frame, struct cpu *cpu)
{
	if (!cpu->wants) /* no rule asks for anything, so the first will do */
		return cpu->count ? 0 : DILIH_NO_RULE;
	if (frame->skb)
		parse_skb(frame->skb, frame->link, cpu);
	else
		parse_at_xdp(frame->xdp, frame->link, cpu->wants, &cpu->packet);
	cpu->packet.length = packet_length(frame);
	return first_match(cpu);
}

/*
 * The verdict on a frame, and in *wait what else is to happen to it. Leaves the entry of the rule that said so in
 * *entry. XDP has no queue: what may have to wait is decided at tc, except in shadow mode, where it is only counted.
 * XDP can meet such a rule all the same, between the writes of those who change the faults.
 */
static __always_inline __u64 decide(const struct frame *frame, struct cpu *cpu, struct totals *sum,
				    __u32 *entry, struct wait *wait)
{
	__u32 i = match(frame, cpu);
	struct rule_counters *counters;
	struct rule *rule;
	__u64 verdict = VERDICT_PASS;

	if (i >= DILIH_MAX_RULES)
		return VERDICT_PASS;
	*entry = cpu->entries[i];
	counters = bpf_map_lookup_elem(&rule_counters, entry);
	if (!counters)
		return VERDICT_PASS;
	rule = &cpu->rules[i];
	if (rule->action == ACTION_DROP || draws_effects(rule))
		verdict = pick(cpu, rule, *entry, counters, sum);
	count(&counters->matched, 1, frame);
	count(&counters->dropped, verdict, frame);
	if (!has_effects(rule) || verdict != VERDICT_PASS)
		return verdict;
	if (!frame->skb && cpu->armed) {
		count_undelayed(rule, counters, sum, frame->packets);
		return verdict;
	}
	verdict = schedule(cpu, rule, frame->bytes, sum, wait);
	count_queued(counters, sum, verdict, frame->packets, wait);
	return verdict;
}

#endif
