/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* `make DEBUG=1` builds a program that tells its story in /sys/kernel/tracing/trace_pipe. */
#ifndef DEBUG_H
#define DEBUG_H

#include <bpf/bpf_helpers.h>

#ifdef DILIH_DEBUG
#define debug(...) bpf_printk("dilih: " __VA_ARGS__)
#else
#define debug(...)                                                                                 \
	do {                                                                                       \
	} while (0)
#endif

#endif
