/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The loss processes: whether a rule picks the nth packet of a sequence. The sequence is that of a
 * CPU, of a flow, or of all packets that match. bpf/model/stream.go has the same in Go. What is
 * picked is a word of 0 or 1 and not a branch, see happens().
 */
#ifndef PICK_H
#define PICK_H

#include "act/effects.h"
#include "cpu.h"
#include "flow.h"
#include "maps.h"
#include "random.h"

#define SWAP_ATTEMPTS 16 /* each that fails means that another CPU went ahead */

/*
 * Gilbert-Elliott: returns the CHAIN_ bits after packet n. The loss is drawn with the state before
 * the transition, as netem does, and both draws come from one number. Independent loss is the
 * chain that never leaves its good state.
 */
static __always_inline __u64 step(const struct rule *rule, __u64 key, __u64 n, __u64 bits)
{
	__u64 random = draw(key, n);
	__u64 bad = bits & CHAIN_BAD;

	if (!n && rule->start)
		bad = happens(mix64(key) >> 32, rule->start);
	if (bad)
		return happens(random >> 32, rule->bad) << 1 | (1 ^ happens(random, rule->r));
	return happens(random >> 32, rule->good) << 1 | happens(random, rule->p);
}

/* Whether the chain has picked the packet. Counts a run of losses at its first. */
static __always_inline __u64 picked(struct rule_counters *counters, __u64 before, __u64 after)
{
	counters->loss_periods += (after & ~before & CHAIN_PICKED) / CHAIN_PICKED;
	return (after & CHAIN_PICKED) / CHAIN_PICKED;
}

/* The chain word after a packet. */
static __always_inline __u64 advance(const struct rule *rule, __u64 key, __u64 chain)
{
	__u64 n = chain >> CHAIN_SHIFT;

	return step(rule, key, n, chain) | (n + 1) << CHAIN_SHIFT;
}

static __always_inline __u64 pick_on_cpu(struct cpu *cpu, const struct rule *rule,
					 struct rule_counters *counters)
{
	__u64 before = counters->state;

	cpu->place.key = rule->key + cpu->stream;
	cpu->place.n = before >> CHAIN_SHIFT;
	counters->state = advance(rule, cpu->place.key, before);
	return picked(counters, before, counters->state);
}

/*
 * What several CPUs share moves on by compare and swap: each packet gets an n of its own. One that
 * finds the chain changed at each attempt shares its n, and is counted.
 */
static __always_inline __u64 pick_in_chain(struct cpu *cpu, const struct rule *rule, __u64 *chain,
					   struct rule_counters *counters, struct totals *sum)
{
	__u64 before = 0, after = 0, key = cpu->place.key;

	for (int i = 0; i < SWAP_ATTEMPTS; i++) {
		before = *(volatile __u64 *)chain;
		cpu->place.n = before >> CHAIN_SHIFT;
		after = advance(rule, key, before);
		if (__sync_val_compare_and_swap(chain, before, after) == before)
			return picked(counters, before, after);
	}
	sum->contended++;
	return picked(counters, before, after);
}

/* Whether a process without a memory picks packet n: it is a function of n alone. */
static __always_inline __u64 picks(const struct rule *rule, __u64 key, __u64 n)
{
	if (rule->process == PROCESS_INDEPENDENT)
		return happens(draw(key, n) >> 32, rule->good);
	if (rule->process == PROCESS_FIRST)
		return n < rule->period;
	if (rule->process == PROCESS_FLOWS)
		return happens(mix64(key) >> 32, rule->good);
	return rule->period && n % rule->period == rule->period - 1;
}

/* For such a process it takes a count, which is exact across CPUs. */
static __always_inline __u64 pick_by_count(struct cpu *cpu, const struct rule *rule, __u64 *chain,
					   struct rule_counters *counters)
{
	__u64 n = __sync_fetch_and_add(chain, 1 << CHAIN_SHIFT) >> CHAIN_SHIFT,
	      key = cpu->place.key;

	cpu->place.n = n;
	if (!picks(rule, key, n))
		return 0;
	if (!n || !picks(rule, key, n - 1))
		counters->loss_periods++;
	return 1;
}

/* A global function, so that the verifier looks at it once and not for each scope. */
__noinline __u64 pick_in_sequence(struct cpu *cpu, const struct rule *rule, __u64 *chain,
				  struct rule_counters *counters, struct totals *sum)
{
	if (!cpu || !rule || !chain || !counters || !sum)
		return 0;
	if (rule->process == PROCESS_BURST || rule->process == PROCESS_GEMODEL)
		return pick_in_chain(cpu, rule, chain, counters, sum);
	return pick_by_count(cpu, rule, chain, counters);
}

/* The chain word of this flow under this rule; a flow not seen before gets a new one. */
static __always_inline __u64 *flow_chain(const struct cpu *cpu, __u64 key, struct totals *sum)
{
	struct flow_id id = {.key = key, .generation = cpu->generation};
	__u64 *chain = bpf_map_lookup_elem(&flows, &id);
	__u64 fresh = 0;

	if (chain)
		return chain;
	if (!bpf_map_update_elem(&flows, &id, &fresh, BPF_NOEXIST))
		sum->flows++;
	return bpf_map_lookup_elem(&flows, &id);
}

static __noinline __u64 pick_in_flow(struct cpu *cpu, const struct rule *rule,
				     struct rule_counters *counters, struct totals *sum)
{
	__u64 key = rule->key + flow_hash(&cpu->packet, rule->scope);
	__u64 *chain;

	cpu->place.key = key;
	if (rule->process == PROCESS_FLOWS && !draws_effects(rule))
		return picks(rule, key, 0);
	chain = flow_chain(cpu, key, sum);
	return chain ? pick_in_sequence(cpu, rule, chain, counters, sum) : 0;
}

static __noinline __u64 pick_among_all(struct cpu *cpu, const struct rule *rule, __u32 entry,
				       struct rule_counters *counters, struct totals *sum)
{
	__u64 *chain = bpf_map_lookup_elem(&sequences, &entry);

	cpu->place.key = rule->key;
	return chain ? pick_in_sequence(cpu, rule, chain, counters, sum) : 0;
}

/* 1 if the rule, which the packet at hand matches, picks it, else 0. */
static __always_inline __u64 pick(struct cpu *cpu, const struct rule *rule, __u32 entry,
				  struct rule_counters *counters, struct totals *sum)
{
	if (rule->scope == SCOPE_CPU)
		return pick_on_cpu(cpu, rule, counters);
	if (rule->scope == SCOPE_ALL)
		return pick_among_all(cpu, rule, entry, counters, sum);
	return pick_in_flow(cpu, rule, counters, sum);
}

#endif
