/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What becomes of a frame: match, pick, count. It is the same for every hook. */
#ifndef DECIDE_H
#define DECIDE_H

#include "cpu.h"
#include "frame.h"
#include "maps.h"
#include "match.h"
#include "parse/ethernet.h"
#include "pick.h"

/* Counts the packets of a frame so many times. */
static __always_inline void count(struct tally *tally, __u64 times, const struct frame *frame)
{
	tally->packets += times * frame->packets;
	tally->bytes += times * frame->bytes;
}

/*
 * A verdict for the totals, as an index and not as a branch, see happens(). clang 19 proves that
 * dropped is 0 or 1 and leaves out the mask, which Linux 6.1 then misses: the barrier hides it.
 */
static __always_inline void count_verdict(struct totals *sum, __u64 dropped,
					  const struct frame *frame)
{
	struct tally *by_verdict = &sum->passed;

	barrier_var(dropped);
	count(&by_verdict[dropped & 1], 1, frame);
}

/*
 * Parses a frame once more, with all of it readable. It is seldom needed: what a socket sends has its
 * headers together, but for frames of a PACKET_TX_RING.
 */
static __noinline void parse_all(struct __sk_buff *skb, enum link link, struct cpu *cpu)
{
	struct frame frame;

	if (bpf_skb_pull_data(skb, skb->len))
		return;
	frame = frame_at_tc(skb, link);
	parse(&frame, &cpu->packet, cpu->wants);
}

/* The index of the rule that the frame matches first, as first_match() has it. */
static __always_inline __u32 match(const struct frame *frame, struct cpu *cpu)
{
	if (!cpu->wants) /* no rule asks for anything, so the first will do */
		return cpu->count ? 0 : DILIH_NO_RULE;
	parse(frame, &cpu->packet, cpu->wants);
	if (is_partial(frame) && cpu->packet.cut)
		parse_all(frame->skb, frame->link, cpu);
	return first_match(cpu);
}

/* 1 if the frame is to be dropped, else 0. Leaves the entry of the rule that said so in *entry. */
static __always_inline __u64 decide(const struct frame *frame, struct cpu *cpu, struct totals *sum,
				    __u32 *entry)
{
	__u32 i = match(frame, cpu);
	struct rule_counters *counters;
	struct rule *rule;
	__u64 dropped = 0;

	if (i >= DILIH_MAX_RULES)
		return 0;
	*entry = cpu->entries[i];
	counters = bpf_map_lookup_elem(&rule_counters, entry);
	if (!counters)
		return 0;
	rule = &cpu->rules[i];
	if (rule->action == ACTION_DROP)
		dropped = pick(cpu, rule, *entry, counters, sum);
	count(&counters->matched, 1, frame);
	count(&counters->dropped, dropped, frame);
	return dropped;
}

#endif
