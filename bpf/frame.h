/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A frame, the same for every hook: what decides knows no other context. */
#ifndef FRAME_H
#define FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* What a frame begins with: that depends on the device, and does not change. */
enum link {
	LINK_ETHERNET,
	LINK_IP, /* at once with IP, as in a tunnel */
};

struct frame {
	void *data; /* its first byte */
	void *end; /* after the last byte that can be read at once */
	__u32 length; /* of all of it, bytes, from the first header that the device has */
	enum link link;
};

static __always_inline struct frame frame_at_xdp(const struct xdp_md *ctx, enum link link)
{
	struct frame frame = {
		.data = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.link = link,
	};

	frame.length = frame.end - frame.data;
	return frame;
}

#endif
