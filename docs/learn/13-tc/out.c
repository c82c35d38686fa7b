//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* For tc, where packets leave: two ways to lose all of them. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int shot(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

SEC("tc")
int stolen(struct __sk_buff *skb)
{
	return TC_ACT_STOLEN;
}
