/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reporting a packet to user space, and how often to. Off the hot path: mostly it is not called. */
#ifndef REPORT_H
#define REPORT_H

#include <linux/errno.h>
#include "cpu.h"
#include "maps.h"

/*
 * What a CPU chooses in a tick before it halves its sampling: packets to time, and of these passes
 * and drops to report. A tick that starts from rest chooses at most MAX_SHIFT times as many, and
 * that is the hard cap.
 */
#define TIMED_BUDGET 512
#define PASS_BUDGET 8
#define DROP_BUDGET 32
#define MAX_SHIFT 32

/* What there is to report of a packet. */
struct visit {
	__u64 entered; /* when the packet came in */
	__u32 length; /* of the frame, all of which can be handed over */
	__u32 delay; /* us */
	__u16 rule; /* entry, or DILIH_NO_RULE */
	__u8 dropped;
	enum hook hook;
};

/* The sampler draws 64 random bits: below this is one draw in 2^shift. */
static __always_inline __u64 sampled_below(__u8 shift)
{
	return ~0ULL >> shift;
}

/* Each time the budget is spent within a tick, half as many of the packets to come are chosen. */
static __always_inline void spend(const struct cpu *cpu, struct sampling *sampling, __u32 budget)
{
	if (cpu->events == EVENTS_ALL || ++sampling->chosen < budget)
		return;
	sampling->chosen = 0;
	if (sampling->shift < MAX_SHIFT)
		sampling->shift++;
}

/* At a new tick: sampling recovers by a shift for each tick that did not spend half its budget. */
static __always_inline void recover(struct sampling *sampling, __u32 budget, __u64 ticks)
{
	if (ticks && sampling->chosen >= budget / 2)
		ticks--;
	sampling->chosen = 0;
	sampling->shift -= ticks < sampling->shift ? ticks : sampling->shift;
}

static __always_inline void set_timed_below(struct cpu *cpu)
{
	cpu->timed_below = cpu->events == EVENTS_NONE ? 0 : sampled_below(cpu->timed.shift);
}

/* After so many ticks. */
static __always_inline void resume_sampling(struct cpu *cpu, __u64 ticks)
{
	if (cpu->events == EVENTS_AUTO) {
		recover(&cpu->timed, TIMED_BUDGET, ticks);
		recover(&cpu->passes, PASS_BUDGET, ticks);
		recover(&cpu->drops, DROP_BUDGET, ticks);
	} else {
		cpu->timed.shift = cpu->passes.shift = cpu->drops.shift = 0;
	}
	set_timed_below(cpu);
}

static __noinline __u64 start_timing(struct cpu *cpu)
{
	spend(cpu, &cpu->timed, TIMED_BUDGET);
	set_timed_below(cpu);
	return bpf_ktime_get_ns();
}

/*
 * The time now if this packet is chosen to be timed, else 0. The sampler is Knuth's linear
 * congruential generator, whose upper bits are good enough to sample by.
 */
static __always_inline __u64 enter(struct cpu *cpu)
{
	cpu->sampler = cpu->sampler * 6364136223846793005ULL + 1442695040888963407ULL;
	return cpu->sampler < cpu->timed_below ? start_timing(cpu) : 0;
}

/* Hands an event over, and after it the first bytes of the packet. ctx is that of the hook. */
static __noinline long hand_over(void *ctx, struct perf_trace_event *event, __u32 size, __u32 bytes)
{
	__u64 flags = BPF_F_CURRENT_CPU | (__u64)bytes << 32;

	return bpf_perf_event_output(ctx, &output_map, flags, event, size);
}

static __always_inline void count_refused(struct totals *sum, long err, int events)
{
	if (err == -ENOENT)
		sum->no_reader += events;
	else if (err == -ENOSPC)
		sum->ring_full += events;
	else
		sum->failed += events;
}

/* An ENTER and the verdict, or neither: without its ENTER the verdict is not even tried. */
static __noinline void report(void *ctx, struct cpu *cpu, struct totals *sum,
			      const struct visit *visit)
{
	struct sampling *sampling = visit->dropped ? &cpu->drops : &cpu->passes;
	__u32 bytes = visit->length < cpu->snaplen ? visit->length : cpu->snaplen;
	__u8 shift = sampling->shift > cpu->timed.shift ? sampling->shift : cpu->timed.shift;
	struct enter_event enter = {};
	struct perf_trace_event verdict = {};
	__u64 decided;
	long err;

	if (cpu->sampler >= sampled_below(shift))
		return;
	decided = bpf_ktime_get_ns();
	enter.event.timestamp = visit->entered;
	enter.event.type = TYPE_ENTER;
	enter.event.sample_shift = shift;
	enter.event.rule = visit->hook;
	enter.length = visit->length;
	enter.delay = visit->delay;
	verdict.timestamp = decided;
	verdict.processing_time_ns = decided - visit->entered;
	verdict.type = visit->dropped ? TYPE_DROP : TYPE_PASS;
	verdict.sample_shift = shift;
	verdict.rule = visit->rule;

	sum->reported++;
	spend(cpu, sampling, visit->dropped ? DROP_BUDGET : PASS_BUDGET);
	err = hand_over(ctx, &enter.event, sizeof(enter), 0);
	if (err)
		return count_refused(sum, err, 2);
	sum->events++;
	err = hand_over(ctx, &verdict, sizeof(verdict), bytes);
	if (err)
		return count_refused(sum, err, 1);
	sum->events++;
}

#endif
