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
	enum link link;
	__u32 size; /* bytes that can be had, if not at once */
	__u32 length; /* bytes, from the first header that the device has, with all tags */
	__u32 packet_length; /* of the first of the packets that it is on the wire: what rules ask for */
	__u32 tags; /* that are not in the frame but beside it */
	struct __sk_buff *skb; /* whose frame it is at tc; there more of it may lie elsewhere */
	__u64 packets; /* on the wire: segmentation may make many of this one */
	__u64 bytes; /* of all of these */
};

static __always_inline struct frame frame_at_xdp(const struct xdp_md *ctx, enum link link)
{
	struct frame frame = {
		.data = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.link = link,
		.packets = 1,
	};

	frame.size = frame.length = frame.packet_length = frame.bytes = frame.end - frame.data;
	return frame;
}

#define VLAN_TAG 4 /* bytes */

/*
 * How many packets become of a super-packet. One of a virtual machine does not say. The kernel has counted
 * the headers of all but one in wire_len. Of the two numbers that the length allows only one makes these
 * as long as headers are: a multiple of 4 bytes, after the 14 of Ethernet. Under a tunnel it may be one off.
 *
 * A global function, and so is the next: the verifier looks at it once, and not with all that comes after it.
 */
__noinline __u32 segments_of(struct __sk_buff *skb, __u32 link)
{
	__u32 headers = skb->wire_len - skb->len, odd = link == LINK_ETHERNET ? 2 : 0, more;

	if (skb->gso_segs)
		return skb->gso_segs;
	more = (skb->len - 1) / skb->gso_size;
	if (!headers || !more)
		return 1;
	return headers % more || headers / more % 4 != odd ? more : more + 1;
}

/* The length of the first of these, the last may be shorter. */
__noinline __u32 segment_length(struct __sk_buff *skb, __u32 segments)
{
	if (segments < 2)
		return skb->len;
	return skb->gso_size + (skb->wire_len - skb->len) / (segments - 1);
}

static __always_inline struct frame frame_at_tc(struct __sk_buff *skb, enum link link)
{
	struct frame frame = {
		.data = (void *)(long)skb->data,
		.end = (void *)(long)skb->data_end,
		.link = link,
		.size = skb->len,
		.packet_length = skb->len,
		.tags = skb->vlan_present,
		.skb = skb,
		.packets = 1,
	};
	__u32 beside = frame.tags * VLAN_TAG;

	if (skb->gso_size) {
		frame.packets = segments_of(skb, link);
		frame.packet_length = segment_length(skb, frame.packets);
	}
	frame.length = frame.size + beside;
	frame.packet_length += beside;
	frame.bytes = skb->wire_len + frame.packets * beside;
	return frame;
}

/*
 * Makes all of the frame readable at once. 0 if it has been, or cannot be. It is seldom needed: what a
 * socket sends has its headers together, but for frames of a PACKET_TX_RING.
 */
static __always_inline int pull_in(struct frame *frame)
{
	struct __sk_buff *skb = frame->skb;

	if (!skb || frame->end - frame->data >= frame->size || bpf_skb_pull_data(skb, frame->size))
		return 0;
	frame->data = (void *)(long)skb->data;
	frame->end = (void *)(long)skb->data_end;
	return 1;
}

#endif
