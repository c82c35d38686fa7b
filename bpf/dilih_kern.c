// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dilih: drop it like it's hot.
 *
 * An XDP program that loses packets on purpose, as a bad network would. It decides alone: user
 * space writes down the faults (sets, rules) and reads what became of them (totals, rule_counters,
 * output_map), and neither need be there when a packet comes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "cpu.h"
#include "debug.h"
#include "decide.h"
#include "dilih.h"
#include "frame.h"
#include "maps.h"
#include "refresh.h"
#include "report.h"

SEC("xdp")
int xdp_dilih(struct xdp_md *ctx)
{
	__u32 zero = 0, in = DIRECTION_IN, entry = DILIH_NO_RULE;
	struct frame frame = frame_at_xdp(ctx);
	struct control *in_force = bpf_map_lookup_elem(&control, &zero);
	struct totals *sum = bpf_map_lookup_elem(&totals, &in);
	struct cpu *cpu = this_cpu();
	__u64 entered, dropped;

	if (!in_force || !sum || !cpu) /* cannot be, but the verifier wants it asked */
		return XDP_PASS;
	refresh(cpu, in_force->generation);
	entered = enter(cpu);
	dropped = decide(&frame, cpu, sum, &entry);
	count_verdict(sum, dropped, frame.length);
	if (entered) {
		struct visit visit = {entered, frame.length, entry, dropped};

		report(ctx, cpu, sum, &visit);
	}
	debug("%u bytes, rule %u, dropped %d", frame.length, entry, dropped);
	return XDP_PASS - (dropped & cpu->armed); /* one less than XDP_PASS is XDP_DROP */
}

_Static_assert(XDP_PASS - 1 == XDP_DROP, "verdicts");

char LICENSE[] SEC("license") = "Dual MIT/GPL";
