/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a CPU does once a tick, or once the faults have changed, and not for each packet. */
#ifndef REFRESH_H
#define REFRESH_H

#include "cpu.h"
#include "debug.h"
#include "match.h"
#include "random.h"
#include "report.h"

#define COPY_ATTEMPTS 4 /* each that fails means that the faults have changed meanwhile */

/* The generation in force now, and not when it was last looked at. */
static __always_inline __u32 current_generation(void)
{
	const struct control *in_force = look_at_control();

	return in_force ? *(volatile __u32 *)&in_force->generation : 0;
}

/* Which rules are copied, and for whom. */
struct copying {
	struct cpu *cpu;
	__u32 direction;
	__u32 first; /* entry in `rules` */
	__u32 count;
};

/* Each of these is called for each entry of `rules`, until it returns 1: a loop that the verifier looks at once. */
static long copy_rule(void *map, const __u32 *entry, const struct rule *rule,
		      const struct copying *copying)
{
	struct cpu *cpu = copying->cpu;
	__u32 at = cpu->incoming_count;

	if (*entry - copying->first >= copying->count || rule->direction != copying->direction)
		return 0;
	if (at >= DILIH_MAX_RULES)
		return 1;
	cpu->incoming[at] = *rule;
	cpu->incoming_entries[at] = *entry;
	cpu->incoming_wants |= wants(rule);
	cpu->incoming_count = at + 1;
	return 0;
}

static long use_rule(void *map, const __u32 *entry, const struct rule *rule,
		     const struct copying *copying)
{
	struct cpu *cpu = copying->cpu;
	__u32 i = *entry;

	if (i >= DILIH_MAX_RULES || i >= cpu->incoming_count)
		return 1;
	cpu->rules[i] = cpu->incoming[i];
	cpu->entries[i] = cpu->incoming_entries[i];
	return 0;
}

/*
 * Takes over the rules of a direction of the generation in force. 0 if somebody was writing them: a writer fills the
 * idle bank and then changes the generation, so that the copy is whole if the generation is still the
 * same after it. Until then the last whole copy stays in use.
 *
 * A global function, as the verifier then looks at it once and not for each attempt of its caller.
 */
__noinline int copy_bank(__u32 direction)
{
	__u32 generation = current_generation(), bank = generation % DILIH_BANKS;
	struct fault_set *set = bpf_map_lookup_elem(&sets, &bank);
	struct cpu *cpu = this_cpu(direction);
	struct copying copying = {
		.cpu = cpu, .direction = direction, .first = bank * DILIH_MAX_RULES};

	if (!set || !cpu || set->generation != generation)
		return 0;
	copying.count = set->rules;
	cpu->incoming_count = 0;
	cpu->incoming_wants = 0;
	bpf_for_each_map_elem(&rules, copy_rule, &copying, 0);
	if (current_generation() != generation)
		return 0;
	bpf_for_each_map_elem(&rules, use_rule, &copying, 0);
	cpu->wants = cpu->incoming_wants;
	cpu->copied = cpu->incoming_count;
	cpu->generation = generation;
	return 1;
}

/* What holds for all rules, from the set that they belong to: a lease may have been renewed. */
static __always_inline void follow_set(struct cpu *cpu)
{
	__u32 bank = cpu->generation % DILIH_BANKS;
	struct fault_set *set = bpf_map_lookup_elem(&sets, &bank);

	if (set && set->generation == cpu->generation) {
		cpu->deadline = set->deadline;
		cpu->armed = !set->shadow;
		cpu->events = set->events;
		cpu->snaplen = set->snaplen;
	}
	cpu->count = cpu->copied;
	if (cpu->deadline && bpf_ktime_get_boot_ns() >= cpu->deadline)
		cpu->count = 0;
}

static __always_inline void start(struct cpu *cpu)
{
	cpu->stream = mix64(bpf_get_smp_processor_id() + 1);
	cpu->sampler = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
}

static __noinline void refresh_now(struct cpu *cpu, __u32 direction, __u32 generation, __u64 now)
{
	if (!cpu->stream)
		start(cpu);
	for (int i = 0; i < COPY_ATTEMPTS && cpu->generation != generation; i++) {
		if (copy_bank(direction))
			break;
	}
	follow_set(cpu);
	resume_sampling(cpu, now - cpu->tick);
	cpu->tick = now;
	debug("generation %u, %u rules", cpu->generation, cpu->count);
}

static __always_inline void refresh(struct cpu *cpu, __u32 direction, __u32 generation)
{
	__u64 now = bpf_jiffies64();

	if (cpu->tick != now || cpu->generation != generation)
		refresh_now(cpu, direction, generation, now);
}

#endif
