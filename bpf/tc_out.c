// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "at_tc.h"

/* Outgoing packets of devices with Ethernet headers. A packet that has waited passes here a second time. */
SEC("tc")
int tc_out(struct __sk_buff *skb)
{
	return at_tc_out(skb, LINK_ETHERNET, HOOK_TC_OUT);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
