/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What happens to a packet that its rule does not drop: when it goes on, and how many times. It waits
 * in an fq on an ifb device, which holds it until the instant that is written into it here. The filter after
 * ours takes it there, so that what is not to wait never goes near that device.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "../cpu.h"
#include "../frame.h"
#include "delay.h"
#include "rate.h"

/* In skb->cb[0], for the programs that come after ours. Whatever else is there is not ours. */
#define WAITS 0xd1110001U
#define TWICE_IN 0xd1110002U /* it waits, and so does a copy, of what arrives */
#define TWICE_OUT 0xd1110003U /* or of what leaves */

/* In skb->cb[4], which fq leaves alone: what is seen once more has been decided. It comes from this device. */
#define DECIDED_FROM(device) (0xd1110000U ^ (device))

/* What is said of a frame: in the order of the tallies in struct totals. */
enum verdict {
	VERDICT_PASS = 0,
	VERDICT_DROP = 1,
	VERDICT_QUEUE_FULL = 2,
};

static __always_inline __u64 is_lost(__u64 verdict)
{
	return (verdict + 1) >> 1;
}

/* What is said besides of a frame that passes. */
struct wait {
	__u64 delay; /* ns */
	__u64 release; /* when it goes on, ns of CLOCK_MONOTONIC; 0: at once, and it never goes near the queue */
	__u64 twice; /* 1: it comes twice */
};

/*
 * Finds out when a frame goes on. The verdict is to pass, or that the queue of the rate has no room. The random
 * bits are those of the complemented key: others than those that the loss is drawn from.
 *
 * A global function, so that the verifier does not look at what comes after it for each delay that there may be.
 */
__noinline __u64 queue(const struct cpu *cpu, const struct rule *rule, __u64 bytes,
		       struct totals *sum, struct wait *wait)
{
	__u64 now = bpf_ktime_get_ns(), release = now, random;

	if (!cpu || !rule || !sum || !wait)
		return VERDICT_PASS;
	random = draw(~cpu->place.key, cpu->place.n);
	if (rule->rate)
		release = take_turn(cpu, rule, bytes, now, sum);
	if (release == NO_TURN)
		return VERDICT_QUEUE_FULL;
	release += asked_delay(rule, random);
	wait->twice = happens(random, rule->duplicate);
	wait->delay = release - now;
	wait->release = wait->delay || wait->twice ? release : 0;
	return VERDICT_PASS;
}

static __always_inline void count_queued(struct rule_counters *counters, struct totals *sum,
					 __u64 verdict, __u64 packets, const struct wait *wait)
{
	__u64 delayed = wait->delay ? packets : 0, twice = wait->twice * packets;

	if (verdict == VERDICT_QUEUE_FULL)
		counters->queue_dropped += packets;
	counters->delayed += delayed;
	counters->delay += delayed * wait->delay;
	counters->duplicated += twice;
	sum->delayed += delayed;
	sum->duplicated += twice;
}

/* Linux has had it since 5.18, and who asks for no delay does not need it. */
enum bpf_func_id___probe {
	BPF_FUNC_skb_set_tstamp___probe = 192,
};

static long (*set_release)(struct __sk_buff *skb, __u64 time, __u32 clock) = (void *)192;

#define DELIVERY_MONOTONIC 1 /* BPF_SKB_TSTAMP_DELIVERY_MONO, which older headers do not have */

/*
 * Writes into a packet what is to become of it. One store, and volatile: of two that depend on a condition clang
 * makes one to a variable offset, which the verifier does not take.
 */
static __always_inline void mark(struct __sk_buff *skb, const struct wait *wait, __u32 twice)
{
	__u32 said = 0;

	if (wait->release) {
		if (bpf_core_enum_value_exists(enum bpf_func_id___probe,
					       BPF_FUNC_skb_set_tstamp___probe))
			set_release(skb, wait->release, DELIVERY_MONOTONIC);
		said = wait->twice ? twice : WAITS;
	}
	*(volatile __u32 *)&skb->cb[0] = said;
}

/* What a filter is told whose action is to be taken, or is not. */
#define TC_MATCHES (-1)
#define TC_MATCHES_NOT 0

static __always_inline int waits(const struct __sk_buff *skb)
{
	__u32 said = *(volatile __u32 *)&skb->cb[0];

	return said == WAITS || said == TWICE_IN || said == TWICE_OUT;
}

/*
 * Whether it is seen once more, and is to go on to tc_queue. That is so of the copy of a packet that arrives, which has
 * to wait, and of all that leaves and has waited: for these the kernel skips the first action that a filter asks for,
 * and if it finds none here, it skips one where the packet arrives.
 */
static __always_inline int is_decided(struct __sk_buff *skb)
{
	volatile __u32 *decided = &skb->cb[4];

	if (*decided != DECIDED_FROM(skb->ingress_ifindex))
		return 0;
	*decided = 0;
	*(volatile __u32 *)&skb->cb[0] = WAITS;
	return 1;
}

/* For a packet that is not ours to decide, in which others may have left what looks like a mark. */
static __always_inline int go_on(struct __sk_buff *skb)
{
	*(volatile __u32 *)&skb->cb[0] = 0;
	return TC_ACT_UNSPEC;
}

#endif
