/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a rule does to the packets that it does not drop. */
#ifndef EFFECTS_H
#define EFFECTS_H

#include "../dilih.h"

/* Whether it does anything to them. Without a delay there is no jitter. */
static __always_inline int has_effects(const struct rule *rule)
{
	return (rule->delay | rule->rate | rule->duplicate) != 0;
}

/* Whether it depends on where in its sequence a packet stands. */
static __always_inline int draws_effects(const struct rule *rule)
{
	return (rule->jitter | rule->duplicate) != 0;
}

#endif
