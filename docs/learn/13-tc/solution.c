//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Solution: TC_ACT_STOLEN tells nobody, and TC_ACT_UNSPEC decides nothing. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int solution(struct __sk_buff *skb)
{
	return skb->len > 1000 ? TC_ACT_STOLEN : TC_ACT_UNSPEC;
}
