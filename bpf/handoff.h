/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * XDP leaves packets to tc while some of those that arrive may have to wait. It says so in front of the packet, in
 * the metadata of XDP: of what is decided where, each packet is told by one look at `control`. When both hooks
 * looked for themselves, 371 of 1.08 million packets were decided twice and 362 never.
 */
#ifndef HANDOFF_H
#define HANDOFF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "maps.h"

#define LEFT_TO_TC 0xd111face0000d111ULL

static __always_inline int tc_decides(const struct control *in_force)
{
	return in_force && in_force->arriving == HOOK_TC_IN;
}

/*
 * 0 if the driver has no room for it: then XDP decides, and nothing waits. Not inlined, or clang 19 adds to the end of
 * the frame what it has read here, which the verifier does not take.
 */
static __noinline int leave_to_tc(struct xdp_md *ctx)
{
	__u64 *left;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*left)))
		return 0;
	left = (void *)(long)ctx->data_meta;
	if ((void *)(left + 1) > (void *)(long)ctx->data)
		return 0;
	*left = LEFT_TO_TC;
	return 1;
}

static __always_inline void count_not_left(void)
{
	__u32 direction = DIRECTION_IN;
	struct totals *sum = bpf_map_lookup_elem(&totals, &direction);

	if (sum)
		sum->not_left++;
}

static __always_inline int is_left_to_tc(const struct __sk_buff *skb)
{
	const __u64 *left = (void *)(long)skb->data_meta;

	return (void *)(left + 1) <= (void *)(long)skb->data && *left == LEFT_TO_TC;
}

#endif
