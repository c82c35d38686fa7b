//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: drop packets longer than 1000 bytes, and let all others pass. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	return XDP_PASS;
}
