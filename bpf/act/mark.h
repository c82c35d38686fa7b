/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the programs at tc tell one another about a packet, in skb->cb. A packet waits in an fq on an ifb device, which
 * holds it until its release time. The filter after ours takes it there, so that a packet that does not wait never goes
 * near that device.
 */
#ifndef MARK_H
#define MARK_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "release.h"

/* In skb->cb[0], for the programs that come after ours. Any other value is not ours. */
#define WAITS 0xd1110001U
#define TWICE_IN 0xd1110002U /* it waits, and so does a copy, of what arrives */
#define TWICE_OUT 0xd1110003U /* or of what leaves */

/* In skb->cb[4], which fq leaves alone: what is seen once more has been decided. It comes from this device. */
#define DECIDED_FROM(device) (0xd1110000U ^ (device))

/*
 * Writes into a packet what is to become of it: cb[0] is one of the above or 0, and cb[1] and cb[2] hold the release
 * time. The stores are volatile and unconditional: of two that depend on a condition clang makes one to a variable
 * offset, which the verifier refuses.
 */
static __always_inline void mark(struct __sk_buff *skb, const struct wait *wait, __u32 twice)
{
	__u32 said = 0;

	if (wait->release)
		said = wait->twice ? twice : WAITS;
	*(volatile __u32 *)&skb->cb[0] = said;
	*(volatile __u32 *)&skb->cb[1] = wait->release;
	*(volatile __u32 *)&skb->cb[2] = wait->release >> 32;
}

/* What a filter is told whose action is to be taken, or is not. */
#define TC_MATCHES (-1)
#define TC_MATCHES_NOT 0

static __always_inline int waits(const struct __sk_buff *skb)
{
	__u32 said = *(volatile __u32 *)&skb->cb[0];

	return said == WAITS || said == TWICE_IN || said == TWICE_OUT;
}

/* Linux has bpf_skb_set_tstamp since 5.18. */
enum bpf_func_id___probe {
	BPF_FUNC_skb_set_tstamp___probe = 192,
};

static long (*set_tstamp)(struct __sk_buff *skb, __u64 time, __u32 clock) = (void *)192;

#define DELIVERY_MONOTONIC 1 /* BPF_SKB_TSTAMP_DELIVERY_MONO, which older headers do not have */

/*
 * Hands the release time to the fq, at the egress of the ifb: the kernel clears a time that is stored at ingress before
 * the packet gets here. The helper also notes which clock the time is of. Without that note, Linux 6.1 shows the release
 * time of an incoming packet to its receiver as the time of arrival (SO_TIMESTAMP). The helper takes only IPv4 and IPv6:
 * QinQ, PPPoE, MPLS and ARP get the time alone, and wait as long.
 */
static __always_inline void set_release(struct __sk_buff *skb)
{
	__u64 low = *(volatile __u32 *)&skb->cb[1], high = *(volatile __u32 *)&skb->cb[2];
	__u64 release = high << 32 | low;

	if (bpf_core_enum_value_exists(enum bpf_func_id___probe, BPF_FUNC_skb_set_tstamp___probe) &&
	    !set_tstamp(skb, release, DELIVERY_MONOTONIC))
		return;
	skb->tstamp = release;
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
