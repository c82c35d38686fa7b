//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Exercise: lose packets longer than 1000 bytes, and let the sender believe that they were sent. Leave all others to
 * the filters that come after this one.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int exercise(struct __sk_buff *skb)
{
	return skb->len > 1000 ? TC_ACT_SHOT : TC_ACT_OK;
}
