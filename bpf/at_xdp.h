// SPDX-License-Identifier: MIT OR GPL-2.0-only
#ifndef DILIH_AT_XDP_H
#define DILIH_AT_XDP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "dilih.h"
#include "frame.h"
#include "handoff.h"
#include "hook.h"
#include "refresh.h"

/* XDP has only two verdicts here, and XDP_DROP is XDP_PASS - 1. */
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

_Static_assert(XDP_PASS - VERDICT_DROP == XDP_DROP, "verdicts");

#endif
