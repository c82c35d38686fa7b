/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A frame, the same for every hook: what decides knows no other context. */
#ifndef FRAME_H
#define FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "parse/ethernet.h"

/* What a frame begins with: that depends on the device, and does not change. */
enum link {
	LINK_ETHERNET,
	LINK_IP, /* at once with IP, as in a tunnel */
};

struct frame {
	struct xdp_md *xdp; /* whose frame it is, at XDP, */
	struct __sk_buff *skb; /* or at tc; there some of it may lie elsewhere */
	enum link link;
	__u32 size; /* bytes that can be had, if not at once */
	__u32 length; /* bytes, from the first header that the device has, without VLAN tags */
	__u32 unmarked; /* 1: tc_in decides because XDP has not marked it */
	__u64 packets; /* on the wire: segmentation may make many of this one */
	__u64 bytes; /* of all of these */
};

static __always_inline struct frame frame_at_xdp(struct xdp_md *ctx, enum link link)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct frame frame = {
		.xdp = ctx,
		.link = link,
		.packets = 1,
	};
	__u32 tags = link == LINK_ETHERNET ? size_of_tags(data, end, VLAN_DEPTH) : 0;

	frame.bytes = end - data;
	frame.size = frame.bytes;
	frame.bytes -= tags;
	frame.length = frame.bytes;
	return frame;
}

/* Of what arrives wire_len is without the header of the device, and says nothing of segments. */
static __always_inline int knows_wire(const struct __sk_buff *skb)
{
	return skb->wire_len >= skb->len;
}

/*
 * How many packets become of a super-packet of a virtual machine, which does not say. The kernel has counted
 * the headers of all but one in wire_len. Of the two numbers that the length allows only one makes these
 * as long as headers are: a multiple of 4 bytes, after the 14 of Ethernet. Under a tunnel it may be one off.
 */
static __always_inline __u32 find_segments(struct __sk_buff *skb, enum link link)
{
	__u32 headers = skb->wire_len - skb->len, more, odd = link == LINK_ETHERNET ? 2 : 0;

	more = (skb->len - 1) / skb->gso_size;
	if (!knows_wire(skb) || !headers || !more)
		return 1;
	return headers % more || headers / more % 4 != odd ? more : more + 1;
}

/*
 * How many packets become of a frame. A global function, of whose result the verifier knows nothing: it
 * would look at all that comes after for each number that it knows. With such a branch it took 300,000
 * instructions for clang 19 on Linux 6.1, instead of 85,000.
 */
__noinline int segments_of(struct __sk_buff *skb, enum link link)
{
	if (skb->gso_segs)
		return skb->gso_segs;
	return skb->gso_size ? find_segments(skb, link) : 1;
}

/* Reports whether there is more of the frame than can be read at once. */
static __always_inline int is_partial(const struct __sk_buff *skb)
{
	return (void *)(long)skb->data_end - (void *)(long)skb->data < skb->len;
}

/*
 * Returns the size of the VLAN tags in a frame that has some, or of which not even the EtherType can be read at once, as in
 * a frame of a PACKET_TX_RING. A global function for the same reason as segments_of().
 */
__noinline int find_tags(struct __sk_buff *skb)
{
	if (is_partial(skb) &&
	    (void *)(long)skb->data + TAGGED_HEADER > (void *)(long)skb->data_end)
		bpf_skb_pull_data(skb, skb->len < TAGGED_HEADER ? skb->len : TAGGED_HEADER);
	return size_of_tags((void *)(long)skb->data, (void *)(long)skb->data_end,
			    VLAN_DEPTH - skb->vlan_present);
}

/* Returns the size of the VLAN tags in a frame, which leaves out one beside it. */
static __always_inline __u32 tags_of(struct __sk_buff *skb)
{
	const struct ethernet_header *eth = (void *)(long)skb->data;

	if ((void *)(eth + 1) <= (void *)(long)skb->data_end && !is_tag(eth->ethertype))
		return 0;
	return find_tags(skb);
}

static __always_inline struct frame frame_at_tc(struct __sk_buff *skb, enum link link)
{
	struct frame frame = {
		.skb = skb,
		.link = link,
		.size = skb->len,
		.packets = (__u32)segments_of(skb, link),
	};
	__u32 tags = link == LINK_ETHERNET ? tags_of(skb) : 0;

	frame.length = frame.size - tags;
	frame.bytes = knows_wire(skb) ? skb->wire_len - frame.packets * tags : frame.length;
	return frame;
}

/*
 * The length of a packet on the wire without VLAN tags, which is what rules ask for. Of many that segmentation makes
 * of the frame it is that of the first, as the last may be shorter. The kernel has counted the headers of all but one
 * in wire_len.
 */
static __always_inline __u32 packet_length(const struct frame *frame)
{
	const struct __sk_buff *skb = frame->skb;

	if (!skb || frame->packets < 2 || !knows_wire(skb))
		return frame->length;
	return frame->length - skb->len + skb->gso_size +
	       (skb->wire_len - skb->len) / ((__u32)frame->packets - 1);
}

#endif
