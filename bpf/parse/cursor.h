/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The cursor with which the parser goes through the headers. */
#ifndef CURSOR_H
#define CURSOR_H

#include <linux/types.h>
#include "../packet.h"

/* Where the parser stands, and what it has learnt on the way. */
struct cursor {
	void *at;
	void *data; /* of the frame, as in struct frame */
	void *end;
	void *ip;
	struct packet *packet; /* what is learnt */
	__u32 ip_length; /* as the IP header says; 0: it does not, as in a jumbogram */
	__u32 kinds;
};

/* Whether the frame ends before this byte. */
static __always_inline int ends_before(const struct cursor *c, const void *byte)
{
	if (byte <= c->end)
		return 0;
	c->packet->cut = 1;
	return 1;
}

/* The header of this type at the cursor, or null if the frame ends within it. */
#define HEADER(cursor, type)                                                                       \
	(ends_before(cursor, (type *)(cursor)->at + 1) ? (void *)0 : (type *)(cursor)->at)

#endif
