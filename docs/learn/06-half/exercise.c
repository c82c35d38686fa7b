//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: drop one packet in ten, by chance. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	if (bpf_get_prandom_u32() % 2 == 0)
		return XDP_DROP;
	return XDP_PASS;
}
