/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Which hook decides about an incoming packet. tc decides while some of the incoming packets may have to wait, and XDP
 * otherwise. From before tc_in decides until after it stops, control.marking is set: XDP then writes into the metadata
 * in front of each packet which hook decides, and decides only what it could mark. So an unmarked packet is one that
 * tc decides, because XDP has never seen it (as with bpf_redirect_peer in native mode) or could not mark it.
 *
 * A packet is asked once, by XDP. When both hooks looked at `control`, 371 of 1.08 million packets were decided twice
 * and 362 never. The mark never holds the verdict, because GRO joins only packets with equal metadata.
 */
#ifndef HANDOFF_H
#define HANDOFF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "maps.h"

/* The mark. */
struct handoff {
	__u32 decides; /* HANDOFF_TO of the hook */
	__u32 generation; /* that was in force */
};

#define HANDOFF_TO(hook) (0xd1114a00U | (hook))

/*
 * Marks a packet. Returns 0 if the driver has no room for metadata. Not inlined, or clang 19 adds to the end of the
 * frame what it has read here, which the verifier does not take.
 */
static __noinline int hand_off(struct xdp_md *ctx, __u32 hook, __u32 generation)
{
	struct handoff *mark;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*mark)))
		return 0;
	mark = (void *)(long)ctx->data_meta;
	if ((void *)(mark + 1) > (void *)(long)ctx->data)
		return 0;
	mark->decides = HANDOFF_TO(hook);
	mark->generation = generation;
	return 1;
}

/* Marks a packet if there is need to. Reports whether XDP decides about it. */
static __always_inline int xdp_decides(struct xdp_md *ctx, const struct control *in_force)
{
	__u32 hook;

	if (!in_force || !in_force->marking)
		return 1;
	hook = *(volatile const enum hook *)&in_force->arriving;
	return hand_off(ctx, hook, in_force->generation) && hook == HOOK_XDP;
}

enum handed {
	HANDED_TO_XDP, /* which has decided */
	HANDED_TO_TC,
	NOT_HANDED,
};

static __always_inline enum handed handed_to(const struct __sk_buff *skb)
{
	const struct handoff *mark = (void *)(long)skb->data_meta;

	if ((void *)(mark + 1) > (void *)(long)skb->data)
		return NOT_HANDED;
	if (mark->decides == HANDOFF_TO(HOOK_XDP))
		return HANDED_TO_XDP;
	return mark->decides == HANDOFF_TO(HOOK_TC_IN) ? HANDED_TO_TC : NOT_HANDED;
}

#endif
