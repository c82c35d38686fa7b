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
#include "dilih.h"
#include "maps.h"
#include "parse/ethernet.h"
#include "match.h"
#include "pick.h"
#include "report.h"
#include "refresh.h"
#include "debug.h"

static __always_inline void count(struct tally *tally, __u64 packets, __u64 length)
{
	tally->packets += packets;
	tally->bytes += length * packets;
}

static __always_inline __u64 is_lost(const struct cpu *cpu, const struct rule *rule, __u32 entry,
				     struct rule_counters *counters, struct totals *totals)
{
	if (rule->action == ACTION_PASS)
		return 0;
	if (rule->scope == SCOPE_CPU)
		return lost_on_cpu(cpu, rule, counters);
	if (rule->scope == SCOPE_ALL)
		return lost_among_all(rule, entry, counters);
	return lost_in_flow(cpu, rule, counters, totals);
}

/* The index of the rule that this packet falls under, or DILIH_NO_RULE. */
static __always_inline __u32 find_rule(struct xdp_md *ctx, struct cpu *cpu)
{
	if (!cpu->wants) /* no rule asks for anything, so the first will do */
		return cpu->count ? 0 : DILIH_NO_RULE;
	parse(ctx, &cpu->packet, cpu->wants);
	return first_match(cpu);
}

/* 1 if this packet falls, by the first rule that it matches. Leaves the rule's entry. */
static __always_inline __u64 falls(struct xdp_md *ctx, struct cpu *cpu, __u64 length, __u32 *entry,
				   struct totals *totals)
{
	__u32 i = find_rule(ctx, cpu);
	struct rule_counters *counters;
	__u64 fallen;

	if (i >= DILIH_MAX_RULES)
		return 0;
	*entry = cpu->first_entry + i;
	counters = bpf_map_lookup_elem(&rule_counters, entry);
	if (!counters)
		return 0;
	fallen = is_lost(cpu, &cpu->rules[i], *entry, counters, totals);
	count(&counters->matched, 1, length);
	count(&counters->dropped, fallen, length);
	return fallen;
}

SEC("xdp")
int xdp_dilih(struct xdp_md *ctx)
{
	__u32 zero = 0, entry = DILIH_NO_RULE;
	__u64 length = (void *)(long)ctx->data_end - (void *)(long)ctx->data;
	struct control *in_force = bpf_map_lookup_elem(&control, &zero);
	struct totals *sum = bpf_map_lookup_elem(&totals, &zero);
	struct cpu *cpu = bpf_map_lookup_elem(&cpus, &zero);
	__u64 entered, fallen;

	if (!in_force || !sum || !cpu) /* cannot be, but the verifier wants it asked */
		return XDP_PASS;
	on_new_tick(cpu, in_force->generation);
	entered = enter(cpu);

	fallen = falls(ctx, cpu, length, &entry, sum);
	count(&sum->passed + (fallen & 1), 1, length);

	if (entered) {
		struct visit visit = {entered, length, entry, fallen};

		report(ctx, cpu, sum, &visit);
	}
	debug("%u bytes, rule %u, fallen %d", length, entry, fallen);
	return XDP_PASS - (fallen & cpu->armed); /* one less than XDP_PASS is XDP_DROP */
}

_Static_assert(XDP_PASS - 1 == XDP_DROP, "verdicts");

char LICENSE[] SEC("license") = "Dual MIT/GPL";
