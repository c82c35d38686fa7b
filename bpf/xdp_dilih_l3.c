// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "at_xdp.h"

/* Incoming packets of devices whose packets begin with IP, as in most tunnels. */
SEC("xdp")
int xdp_dilih_l3(struct xdp_md *ctx)
{
	return at_xdp(ctx, LINK_IP, HOOK_XDP_L3);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
