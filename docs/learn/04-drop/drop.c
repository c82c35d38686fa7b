//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* No packet may go on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}
