/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A frame, the same for every hook: what decides knows no other context. */
#ifndef FRAME_H
#define FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct frame {
	void *data; /* its first byte */
	void *end; /* after the last byte that can be read at once */
	__u32 length; /* of all of it, bytes, the Ethernet header included */
};

static __always_inline struct frame frame_at_xdp(const struct xdp_md *ctx)
{
	struct frame frame = {
		.data = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};

	frame.length = frame.end - frame.data;
	return frame;
}

#endif
