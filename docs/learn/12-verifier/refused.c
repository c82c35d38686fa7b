//go:build ignore
// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Programs that the verifier refuses. -D says which: each has one mistake. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

#ifdef NULL_POINTER
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;
	__u32 *number = bpf_map_lookup_elem(&numbers, &queue);

	return *number; /* it has not asked if there is one */
}
#endif

#ifdef OUT_OF_BOUNDS
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u8 *byte = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;

	if (byte + 4 > end)
		return XDP_PASS;
	return byte[4]; /* the fifth of four */
}
#endif

#ifdef ENDLESS
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	while (bpf_get_prandom_u32())
		; /* how often? */
	return XDP_PASS;
}
#endif

#ifdef TOO_FAR
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u32 first = 0, *number = bpf_map_lookup_elem(&numbers, &first);
	__u32 index = bpf_get_prandom_u32() % 8;

	return number ? number[index] : XDP_PASS; /* a value has 4 bytes, and not 32 */
}
#endif
