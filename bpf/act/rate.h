/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The rate of a rule: whose packets share it take turns, each as long as its bits take. */
#ifndef RATE_H
#define RATE_H

#include "../cpu.h"
#include "../flow.h"
#include "../maps.h"

#define TURN_ATTEMPTS 16 /* each that fails means that another CPU took the turn */
#define NO_TURN 0 /* the queue is full */

/* When those are done that came before: the clock of the rule, or of the flow or peer under it. */
static __always_inline __u64 *clock_of(const struct cpu *cpu, const struct rule *rule)
{
	struct flow_id id = {.key = rule->key, .generation = cpu->generation};
	__u64 *clock, idle = 0;

	if (rule->scope == SCOPE_FLOW || rule->scope == SCOPE_PEER)
		id.key += flow_hash(&cpu->packet, rule->scope);
	clock = bpf_map_lookup_elem(&clocks, &id);
	if (clock)
		return clock;
	bpf_map_update_elem(&clocks, &id, &idle, BPF_NOEXIST);
	return bpf_map_lookup_elem(&clocks, &id);
}

/* When the last of these bytes has gone, ns, or NO_TURN. */
static __noinline __u64 take_turn(const struct cpu *cpu, const struct rule *rule, __u64 bytes,
				  __u64 now, struct totals *sum)
{
	__u64 *clock = clock_of(cpu, rule), takes = bytes * 8 * 1000000000 / (rule->rate ?: 1);
	__u64 free, begins = now;

	if (!clock) /* there is no memory for it */
		return now + takes;
	for (int i = 0; i < TURN_ATTEMPTS; i++) {
		free = *(volatile __u64 *)clock;
		begins = free > now ? free : now;
		if (begins - now > rule->queue)
			return NO_TURN;
		if (__sync_val_compare_and_swap(clock, free, begins + takes) == free)
			return begins + takes;
		barrier();
	}
	sum->contended++;
	return begins + takes;
}

#endif
