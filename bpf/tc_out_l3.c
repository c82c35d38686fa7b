// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "at_tc.h"

/* Outgoing packets of devices whose packets begin with IP. */
SEC("tc")
int tc_out_l3(struct __sk_buff *skb)
{
	return at_tc_out(skb, LINK_IP, HOOK_TC_OUT_L3);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
