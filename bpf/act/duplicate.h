/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A second packet like the first, made in the queue: it never meets the device, nor a decision. */
#ifndef DUPLICATE_H
#define DUPLICATE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "queue.h"

/*
 * In the ifb device, on the way into its queue. The copy of what arrives has to arrive as well, and is not decided again:
 * an ifb takes only what comes by a redirect, and sends what this helper clones into it out by the device, since Linux
 * 6.4. That is right for what leaves, which comes back by tc_out.
 */
static __always_inline void duplicate(struct __sk_buff *skb)
{
	__u32 queue = *(volatile __u32 *)&skb->ifindex, /* or clang reads one of the two */
		device = *(volatile __u32 *)&skb->ingress_ifindex;
	volatile __u32 *said = &skb->cb[0], *decided = &skb->cb[4];
	__u32 before = *said;

	*said = WAITS;
	*decided = DECIDED_FROM(before == TWICE_IN ? device : queue);
	if (before == TWICE_IN)
		bpf_clone_redirect(skb, device, BPF_F_INGRESS);
	else if (before == TWICE_OUT)
		bpf_clone_redirect(skb, queue, 0);
}

#endif
