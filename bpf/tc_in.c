// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "at_tc.h"

/* Incoming packets of devices with Ethernet headers, while some of them may have to wait. */
SEC("tc")
int tc_in(struct __sk_buff *skb)
{
	return at_tc_in(skb, LINK_ETHERNET, HOOK_TC_IN);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
