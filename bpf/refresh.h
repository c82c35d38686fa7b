/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Housekeeping: all that a CPU need not do for each packet, done at the first of a tick. */
#ifndef REFRESH_H
#define REFRESH_H

#include "debug.h"
#include "match.h"
#include "random.h"
#include "report.h"

/* Takes over the rules in force. A flip back meanwhile would be seen at the next packet. */
static __always_inline void copy_rules(struct cpu *cpu, __u32 first_entry, __u32 count)
{
	for (__u32 i = 0; i < DILIH_MAX_RULES; i++) {
		__u32 entry = first_entry + i;
		struct rule *rule;

		if (i >= count)
			break;
		rule = bpf_map_lookup_elem(&rules, &entry);
		if (!rule)
			break;
		cpu->rules[i] = *rule;
		cpu->wants |= wants(rule);
	}
}

/* The faults in force as this CPU will use them. Past the deadline there are none. */
static __always_inline void follow(struct cpu *cpu, const struct fault_set *set, __u32 generation)
{
	int ended = set->deadline && bpf_ktime_get_boot_ns() >= set->deadline;

	if (cpu->generation != generation) {
		cpu->first_entry = generation % DILIH_BANKS * DILIH_MAX_RULES;
		cpu->generation = generation;
		cpu->wants = 0;
		copy_rules(cpu, cpu->first_entry, set->rules);
	}
	cpu->count = ended ? 0 : set->rules;
	cpu->armed = !set->shadow;
	cpu->events = set->events;
	cpu->snaplen = set->snaplen;
}

static __noinline void keep_house(struct cpu *cpu, __u32 generation, __u64 now)
{
	__u32 bank = generation % DILIH_BANKS;
	struct fault_set *set = bpf_map_lookup_elem(&sets, &bank);
	__u64 ticks = now - cpu->tick;

	if (!set)
		return;
	if (!cpu->stream) {
		cpu->stream = mix64(bpf_get_smp_processor_id() + 1);
		cpu->sampler = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	}
	follow(cpu, set, generation);
	if (cpu->events == EVENTS_AUTO) {
		recover(&cpu->timed, TIMED_BUDGET, ticks);
		recover(&cpu->passes, PASS_BUDGET, ticks);
		recover(&cpu->drops, DROP_BUDGET, ticks);
	} else {
		cpu->timed.shift = cpu->passes.shift = cpu->drops.shift = 0;
	}
	aim(cpu);
	cpu->tick = now;
	debug("generation %u, %u rules", generation, cpu->count);
}

static __always_inline void on_new_tick(struct cpu *cpu, __u32 generation)
{
	__u64 now = bpf_jiffies64();

	if (cpu->tick != now || cpu->generation != generation)
		keep_house(cpu, generation, now);
}

#endif
