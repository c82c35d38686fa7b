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
 *   count    per rule, and by verdict                                            decide.h
 *   report   now and then, to whoever reads                                      report.h
 *   act      the verdict, which is all that is done to a packet as yet           here
 *
 * The maps, who writes them and who reads them:
 *
 *   control        make: one word changes everything over programs, reader   shared
 *   sets, rules    make, of the idle bank                 programs, reader   shared
 *   sequences      programs; make sets them to 0          programs           shared, atomic
 *   flows          programs                               programs           shared, atomic
 *   rule_counters  programs; make sets them to 0          reader             per CPU
 *   totals         programs                               reader             per CPU
 *   cpus           programs                               programs           per CPU
 *   output_map     programs, into the rings of a reader   reader             per CPU
 *
 * No lock is needed. A bank that is being written is in nobody's use, and the generation in control is
 * one word. What is per CPU is touched by that CPU alone: every hook runs with bottom halves off, so
 * that no two runs overlap on a CPU. A helper that sends from inside of a program would break that, and
 * so would PREEMPT_RT, which is not supported. What is shared changes by one atomic instruction.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "cpu.h"
#include "debug.h"
#include "decide.h"
#include "dilih.h"
#include "frame.h"
#include "maps.h"
#include "refresh.h"
#include "report.h"

/* The story of a packet, which is the same at every hook: 1 if it is to be lost, else 0. */
static __always_inline __u64 is_lost(void *ctx, const struct frame *frame, __u32 direction,
				     enum hook hook)
{
	__u32 zero = 0, entry = DILIH_NO_RULE;
	struct control *in_force = bpf_map_lookup_elem(&control, &zero);
	struct totals *sum = bpf_map_lookup_elem(&totals, &direction);
	struct cpu *cpu = this_cpu(direction);
	__u64 entered, dropped;

	if (!in_force || !sum || !cpu) /* cannot be, but the verifier wants it asked */
		return 0;
	refresh(cpu, direction, in_force->generation);
	entered = enter(cpu);
	dropped = decide(frame, cpu, sum, &entry);
	count_verdict(sum, dropped, frame);
	if (entered) {
		struct visit visit = {.entered = entered,
				      .length = frame->length,
				      .size = frame->size,
				      .rule = entry,
				      .dropped = dropped,
				      .hook = hook};

		report(ctx, cpu, sum, &visit);
	}
	debug("%u bytes, rule %u, dropped %d", frame->length, entry, dropped);
	return dropped & cpu->armed;
}

/* What arrives on a device whose frames are Ethernet's. */
SEC("xdp")
int xdp_dilih(struct xdp_md *ctx)
{
	struct frame frame = frame_at_xdp(ctx, LINK_ETHERNET);

	/* One less than XDP_PASS is XDP_DROP. */
	return XDP_PASS - is_lost(ctx, &frame, DIRECTION_IN, HOOK_XDP);
}

/* What arrives on a device whose packets begin with IP, as those of most tunnels do. */
SEC("xdp")
int xdp_dilih_l3(struct xdp_md *ctx)
{
	struct frame frame = frame_at_xdp(ctx, LINK_IP);

	return XDP_PASS - is_lost(ctx, &frame, DIRECTION_IN, HOOK_XDP_L3);
}

/*
 * What tc is told. TC_ACT_SHOT would be told to the sender: its TCP would simply send again, and a UDP
 * socket that asks for errors gets ENOBUFS. A network tells nobody what it lost, and neither does
 * TC_ACT_STOLEN. What is not lost goes on to the filters of others.
 */
static __always_inline int tc_verdict(__u64 lost)
{
	return TC_ACT_UNSPEC + lost * (TC_ACT_STOLEN - TC_ACT_UNSPEC);
}

/* What leaves by a device whose frames are Ethernet's. */
SEC("tc")
int tc_out(struct __sk_buff *skb)
{
	struct frame frame = frame_at_tc(skb, LINK_ETHERNET);

	return tc_verdict(is_lost(skb, &frame, DIRECTION_OUT, HOOK_TC_OUT));
}

/* What leaves by a device whose packets begin with IP. */
SEC("tc")
int tc_out_l3(struct __sk_buff *skb)
{
	struct frame frame = frame_at_tc(skb, LINK_IP);

	return tc_verdict(is_lost(skb, &frame, DIRECTION_OUT, HOOK_TC_OUT_L3));
}

_Static_assert(XDP_PASS - 1 == XDP_DROP, "verdicts");

char LICENSE[] SEC("license") = "Dual MIT/GPL";
