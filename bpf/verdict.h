/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is decided about a frame. */
#ifndef VERDICT_H
#define VERDICT_H

#include <linux/types.h>

/* In the order of the tallies in struct totals. */
enum verdict {
	VERDICT_PASS = 0,
	VERDICT_DROP = 1,
	VERDICT_QUEUE_FULL = 2,
};

/* Returns 1 if the verdict drops the frame, else 0. */
static __always_inline __u64 is_lost(__u64 verdict)
{
	return (verdict + 1) >> 1;
}

#endif
