/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A second packet like the first, made in the queue: it never meets the device, nor a decision. */
#ifndef DUPLICATE_H
#define DUPLICATE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "queue.h"

/*
 * Clones a packet into the ifb device that it is going through. An ifb takes only what a redirect has brought, and a
 * clone of that counts as such; a clone made before the redirect would be lost there.
 */
static __always_inline void duplicate(struct __sk_buff *skb)
{
	volatile __u32 *said = &skb->cb[0];

	if (*said != WAITS_TWICE)
		return;
	*said = WAITS;
	bpf_clone_redirect(skb, skb->ifindex, 0);
}

#endif
