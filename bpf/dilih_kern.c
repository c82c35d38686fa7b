// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dilih: drop it like it's hot.
 *
 * Programs that lose packets on purpose, as a bad network would. They decide alone: user space writes
 * down the faults and reads what became of them, and need not be there when a packet comes.
 *
 * The stages of a packet:
 *
 *   refresh  once a tick: the faults in force, the lease, how much to report      refresh.h
 *   match    the first rule whose questions the packet answers with yes          match.h, parse/
 *   pick     whether the rule's loss process picks this packet                   pick.h
 *   schedule when it goes on, and how many times; at tc alone                    act/
 *   count    per rule, and by verdict                                            decide.h
 *   report   now and then, to the readers                                        report.h
 *   act      the verdict, and for tc the mark of a packet that is to wait        here
 *
 * The maps, who writes them and who reads them:
 *
 *   control        make: one word changes everything over programs, reader   shared
 *   sets, rules    make, of the idle bank                 programs, reader   shared
 *   sequences      programs; make sets them to 0          programs           shared, atomic
 *   flows          programs                               programs           shared, atomic
 *   clocks         programs                               programs           shared, atomic
 *   rule_counters  programs; make sets them to 0          reader             per CPU
 *   totals         programs                               reader             per CPU
 *   cpus           programs                               programs           per CPU
 *   output_map     programs, into the rings of a reader   reader             per CPU
 *
 * No lock is needed. A bank that is being written is in nobody's use, and the generation in control is
 * one word. What is per CPU is touched by that CPU alone: every hook runs with bottom halves off, so
 * that no two runs overlap on a CPU. A helper that sends from inside of a program would break that, which
 * is why tc_duplicate uses none of it, and so would PREEMPT_RT, which is not supported. What is shared
 * changes by one atomic instruction.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "act/duplicate.h"
#include "act/mark.h"
#include "cpu.h"
#include "debug.h"
#include "decide.h"
#include "dilih.h"
#include "frame.h"
#include "handoff.h"
#include "maps.h"
#include "refresh.h"
#include "report.h"
#include "verdict.h"

/*
 * The story of a packet, which is the same at every hook: what is said of it, and in *wait what else becomes of it.
 * It is told by one look at what is in force.
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

/* One less than XDP_PASS is XDP_DROP, and there is no other verdict here. */
static __always_inline int at_xdp(struct xdp_md *ctx, enum link link, enum hook hook)
{
	const struct control *in_force = look_at_control();
	struct wait none = {};
	struct frame frame;

	if (!xdp_decides(ctx, in_force))
		return XDP_PASS;
	frame = frame_at_xdp(ctx, link);
	return XDP_PASS - verdict_on(ctx, in_force, &frame, hook, &none);
}

/* What arrives on a device whose frames are Ethernet's. */
SEC("xdp")
int xdp_dilih(struct xdp_md *ctx)
{
	return at_xdp(ctx, LINK_ETHERNET, HOOK_XDP);
}

/* What arrives on a device whose packets begin with IP, as those of most tunnels do. */
SEC("xdp")
int xdp_dilih_l3(struct xdp_md *ctx)
{
	return at_xdp(ctx, LINK_IP, HOOK_XDP_L3);
}

/*
 * What tc is told. TC_ACT_SHOT would be told to the sender: its TCP would simply send again, and a UDP
 * socket that asks for errors gets ENOBUFS. A network tells nobody what it lost, and neither does
 * TC_ACT_STOLEN. What is not lost goes on to the filters after ours: the one of tc_queue, and those of others.
 * A sum and not a branch, see happens().
 */
static __always_inline int tc_verdict(__u64 verdict)
{
	return TC_ACT_UNSPEC + is_lost(verdict) * (TC_ACT_STOLEN - TC_ACT_UNSPEC);
}

static __always_inline int at_tc(struct __sk_buff *skb, const struct control *in_force,
				 struct frame *frame, enum hook hook)
{
	struct wait wait = {};
	__u64 verdict = verdict_on(skb, in_force, frame, hook, &wait);

	mark(skb, &wait, hook == HOOK_TC_IN || hook == HOOK_TC_IN_L3 ? TWICE_IN : TWICE_OUT);
	return tc_verdict(verdict);
}

static __always_inline int at_tc_out(struct __sk_buff *skb, enum link link, enum hook hook)
{
	struct frame frame;

	if (is_decided(skb))
		return TC_ACT_UNSPEC;
	frame = frame_at_tc(skb, link);
	return at_tc(skb, look_at_control(), &frame, hook);
}

/* What XDP has decided comes by here, too. Without its marks there is no telling what it has decided. */
static __always_inline int at_tc_in(struct __sk_buff *skb, enum link link, enum hook hook)
{
	const struct control *in_force = look_at_control();
	enum handed handed = handed_to(skb);
	struct frame frame;

	if (is_decided(skb))
		return TC_ACT_UNSPEC;
	if (handed == HANDED_TO_XDP)
		return go_on(skb);
	if (handed == NOT_HANDED && !(in_force && in_force->marking))
		return go_on(skb);
	frame = frame_at_tc(skb, link);
	frame.unmarked = handed == NOT_HANDED;
	return at_tc(skb, in_force, &frame, hook);
}

/* What leaves by a device whose frames are Ethernet's. What has waited comes by here once more. */
SEC("tc")
int tc_out(struct __sk_buff *skb)
{
	return at_tc_out(skb, LINK_ETHERNET, HOOK_TC_OUT);
}

/* What leaves by a device whose packets begin with IP. */
SEC("tc")
int tc_out_l3(struct __sk_buff *skb)
{
	return at_tc_out(skb, LINK_IP, HOOK_TC_OUT_L3);
}

/* What arrives, where some of it may have to wait. */
SEC("tc")
int tc_in(struct __sk_buff *skb)
{
	return at_tc_in(skb, LINK_ETHERNET, HOOK_TC_IN);
}

SEC("tc")
int tc_in_l3(struct __sk_buff *skb)
{
	return at_tc_in(skb, LINK_IP, HOOK_TC_IN_L3);
}

/* After those: its filter takes what matches to the ifb device, where it waits. */
SEC("tc")
int tc_queue(struct __sk_buff *skb)
{
	return waits(skb) ? TC_MATCHES : TC_MATCHES_NOT;
}

/* On the way into the queue. A copy comes by here as well, marked as a packet that comes once. */
SEC("tc")
int tc_duplicate(struct __sk_buff *skb)
{
	if (!waits(skb))
		return TC_ACT_UNSPEC;
	set_release(skb);
	duplicate(skb);
	return TC_ACT_UNSPEC;
}

_Static_assert(XDP_PASS - VERDICT_DROP == XDP_DROP, "verdicts");

char LICENSE[] SEC("license") = "Dual MIT/GPL";
