/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A second packet like the first, made on the way into the queue. No fault is applied to it. */
#ifndef DUPLICATE_H
#define DUPLICATE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "mark.h"

/*
 * A copy of what leaves goes into the ifb device beside the first. That of what arrives has to arrive once more, marked
 * as decided: since Linux 6.4 an ifb sends all that this helper clones into it out by the device.
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
