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

/*
 * Copies the rules of a direction. What they ask for and how many they are is added up in the map and
 * not in registers: the verifier does not follow it there. Otherwise it would try each rule with all
 * that the ones before it may have been: 950,000 instructions in all, in place of 50,000.
 */
static __always_inline void copy_rules(struct cpu *cpu, __u32 direction, __u32 bank, __u32 count)
{
	volatile __u16 *copied = &cpu->incoming_count;

	*copied = 0;
	cpu->incoming_wants = 0;
	for (__u32 i = 0; i < DILIH_MAX_RULES; i++) {
		__u32 entry = bank * DILIH_MAX_RULES + i, at = *copied;
		struct rule *rule;

		if (i >= count)
			break;
		rule = bpf_map_lookup_elem(&rules, &entry);
		if (!rule)
			break;
		if (rule->direction != direction || at >= DILIH_MAX_RULES)
			continue;
		cpu->incoming[at] = *rule;
		cpu->incoming_entries[at] = entry;
		cpu->incoming_wants |= wants(rule);
		*copied = at + 1;
	}
}

/*
 * The count comes from the map: with that of copy_rules the verifier would check this loop once for
 * each place at which the other may have ended, 360,000 instructions in all, in place of 50,000.
 */
static __always_inline void use_incoming(struct cpu *cpu)
{
	__u32 count = *(volatile __u16 *)&cpu->incoming_count;

	for (__u32 i = 0; i < DILIH_MAX_RULES; i++) {
		if (i >= count)
			break;
		cpu->rules[i] = cpu->incoming[i];
		cpu->entries[i] = cpu->incoming_entries[i];
		barrier(); /* or clang makes it a call of memmove(), which BPF has not */
	}
	cpu->wants = cpu->incoming_wants;
	cpu->copied = count;
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

	if (!set || !cpu || set->generation != generation)
		return 0;
	copy_rules(cpu, direction, bank, set->rules);
	if (current_generation() != generation)
		return 0;
	use_incoming(cpu);
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
