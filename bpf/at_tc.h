// SPDX-License-Identifier: MIT OR GPL-2.0-only
#ifndef DILIH_AT_TC_H
#define DILIH_AT_TC_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "act/mark.h"
#include "dilih.h"
#include "frame.h"
#include "handoff.h"
#include "hook.h"
#include "refresh.h"
#include "verdict.h"

/*
 * The verdict for tc. The kernel would report TC_ACT_SHOT to the sender: TCP would simply send again, and a UDP
 * socket that asks for errors gets ENOBUFS. A network reports no loss, and neither does TC_ACT_STOLEN. All other
 * packets go on to the filters after ours: that of tc_queue, and those of other users. This is a sum and not a
 * branch for the reason given at happens().
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

/* Packets that XDP has decided pass here as well. The mark in their metadata says so; without marks nothing does. */
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

#endif
