//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A program that calls the kernel: it asks for a random number, and drops half of all packets. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int toolchain(struct xdp_md *ctx)
{
	if (bpf_get_prandom_u32() % 2)
		return XDP_DROP;
	return XDP_PASS;
}
