/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which rule a packet falls under: the first that matches, and each asks the cheapest first. */
#ifndef MATCH_H
#define MATCH_H

#include "maps.h"
#include "packet.h"

static __always_inline int in_prefix(const struct prefix *prefix, const __u64 address[2])
{
	const __u64 *want = (const __u64 *)prefix->address;
	const __u64 *mask = (const __u64 *)prefix->mask;

	return (address[0] & mask[0]) == want[0] && (address[1] & mask[1]) == want[1];
}

static __always_inline int matches(const struct rule *rule, const struct packet *packet)
{
	if ((packet->kinds & rule->kinds) != rule->kinds)
		return 0;
	if (packet->dport < rule->dport_first || packet->dport > rule->dport_last)
		return 0;
	if (packet->sport < rule->sport_first || packet->sport > rule->sport_last)
		return 0;
	if (packet->length < rule->length_first || packet->length > rule->length_last)
		return 0;
	if (!rule->asks)
		return 1;
	if (rule->asks & ASKS_PROTOCOL && packet->protocol != rule->protocol)
		return 0;
	if (rule->asks & ASKS_FROM && !in_prefix(&rule->from, packet->src))
		return 0;
	if (rule->asks & ASKS_TO && !in_prefix(&rule->to, packet->dst))
		return 0;
	return 1;
}

/* Leaves the number of the entry in *entry, or DILIH_NO_RULE. */
static __always_inline struct rule *first_match(const struct cpu *cpu, const struct packet *packet,
						__u32 *entry)
{
	for (__u32 i = 0; i < DILIH_MAX_RULES; i++) {
		__u32 key = cpu->first_rule + i;
		struct rule *rule;

		if (i >= cpu->rules)
			break;
		rule = bpf_map_lookup_elem(&rules, &key);
		if (!rule)
			break;
		if (matches(rule, packet)) {
			*entry = key;
			return rule;
		}
	}
	*entry = DILIH_NO_RULE;
	return 0;
}

#endif
