// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "act/mark.h"

/* Runs after tc_in or tc_out. The filter redirects packets that match to the ifb, where they wait. */
SEC("tc")
int tc_queue(struct __sk_buff *skb)
{
	return waits(skb) ? TC_MATCHES : TC_MATCHES_NOT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
