//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Exercise: the kernel does not take this program. It calls bpf_printk(), which is only for programs whose
 * license is compatible with the GPL. Say that this one's is.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	if (ctx->data == ctx->data_end)
		bpf_printk("an empty packet");
	return XDP_PASS;
}
