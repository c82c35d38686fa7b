// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "act/duplicate.h"
#include "act/mark.h"

/* Runs on the way into the queue. A copy passes here as well, marked as a packet that comes once. */
SEC("tc")
int tc_duplicate(struct __sk_buff *skb)
{
	if (!waits(skb))
		return TC_ACT_UNSPEC;
	set_release(skb);
	duplicate(skb);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
