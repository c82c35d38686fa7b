//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The smallest XDP program: every packet may go on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int first(struct xdp_md *ctx)
{
	return XDP_PASS;
}
