// SPDX-License-Identifier: MIT OR GPL-2.0-only
#ifndef DILIH_HOOK_H
#define DILIH_HOOK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "act/mark.h"
#include "cpu.h"
#include "debug.h"
#include "decide.h"
#include "dilih.h"
#include "frame.h"
#include "maps.h"
#include "refresh.h"
#include "report.h"
#include "verdict.h"

/*
 * Decides one packet; every hook calls it. Returns the verdict and fills *wait (delay, release time, duplication).
 * The caller has read control once, so that all of it is decided by the same generation.
 */
static __always_inline __u64 verdict_on(void *ctx, const struct control *in_force,
					const struct frame *frame, enum hook hook,
					struct wait *wait)
{
	__u32 entry = DILIH_NO_RULE;
	__u32 direction =
		hook == HOOK_TC_OUT || hook == HOOK_TC_OUT_L3 ? DIRECTION_OUT : DIRECTION_IN;
	struct totals *sum = bpf_map_lookup_elem(&totals, &direction);
	struct cpu *cpu = this_cpu(direction);
	__u64 entered, verdict;

	if (!in_force || !sum || !cpu) /* cannot be, but the verifier wants it asked */
		return VERDICT_PASS;
	refresh(cpu, direction, in_force->generation);
	entered = enter(cpu);
	verdict = decide(frame, cpu, sum, &entry, wait);
	count_verdict(sum, verdict, frame);
	sum->unmarked += frame->unmarked * frame->packets;
	if (entered) {
		struct visit visit = {.entered = entered,
				      .length = frame->size,
				      .delay = wait->delay / 1000,
				      .rule = entry,
				      .dropped = is_lost(verdict),
				      .hook = hook};

		report(ctx, cpu, sum, &visit);
	}
	debug("%u bytes, rule %u, verdict %d", frame->length, entry, verdict);
	if (cpu->armed)
		return verdict;
	wait->release = 0;
	return VERDICT_PASS;
}

#endif
