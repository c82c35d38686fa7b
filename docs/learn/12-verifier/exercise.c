//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Exercise: this adds up all bytes of a packet, and drops it if the sum is odd. The verifier refuses it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LONGEST 256

SEC("xdp")
int exercise(struct xdp_md *ctx)
{
	__u8 *byte = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	__u32 sum = 0;
	int i;

	for (i = 0; i < LONGEST; i++) {
		if (byte + i > end)
			break;
		sum += byte[i];
	}
	return sum % 2 ? XDP_DROP : XDP_PASS;
}
