// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dilih: drop it like it's hot.
 *
 * Programs that lose packets on purpose, as a bad network would. They decide alone: user space writes
 * down the faults and reads what became of them, and need not be there when a packet comes.
 *
 * This file has the program that always runs. Each other program is an object of its own, loaded over the
 * same maps when a fault or a device needs it: loading takes 60 ms for this one, and 350 ms for all.
 *
 *   xdp_dilih      incoming packets with an Ethernet header              here
 *   xdp_dilih_l3   incoming packets that begin with IP, as in tunnels    xdp_dilih_l3.c
 *   tc_out         outgoing packets                                      tc_out.c, tc_out_l3.c
 *   tc_in          incoming packets, while some may have to wait         tc_in.c, tc_in_l3.c
 *   tc_queue       redirects packets that wait to the queue              tc_queue.c
 *   tc_duplicate   sets the release time and duplicates                  tc_duplicate.c
 *
 * The stages of a packet:
 *
 *   refresh  once a tick: the faults in force, the lease, how much to report      refresh.h
 *   match    the first rule whose questions the packet answers with yes          match.h, parse/
 *   pick     whether the rule's loss process picks this packet                   pick.h
 *   schedule when it goes on, and how many times; at tc alone                    act/
 *   count    per rule, and by verdict                                            decide.h
 *   report   now and then, to the readers                                        report.h
 *   act      the verdict, and for tc the mark of a packet that is to wait        at_xdp.h, at_tc.h
 *
 * The maps, who writes them and who reads them:
 *
 *   control        make: one word changes everything over programs, reader   shared
 *   sets, rules    make, of the idle bank                 programs, reader   shared
 *   sequences      programs; make sets them to 0          programs           shared, atomic
 *   flows          programs                               programs           shared, atomic
 *   clocks         programs                               programs           shared, atomic
 *   rule_counters  programs; make sets them to 0          reader             per CPU
 *   totals         programs                               reader             per CPU
 *   cpus           programs                               programs           per CPU
 *   output_map     programs, into the rings of a reader   reader             per CPU
 *
 * No lock is needed. A bank that is being written is in nobody's use, and the generation in control is
 * one word. What is per CPU is touched by that CPU alone: every hook runs with bottom halves off, so
 * that no two runs overlap on a CPU. A helper that sends from inside of a program would break that, which
 * is why tc_duplicate uses none of it, and so would PREEMPT_RT, which is not supported. What is shared
 * changes by one atomic instruction.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "at_xdp.h"
#include "dilih.h"
#include "frame.h"

/* Incoming packets of devices with Ethernet headers. */
SEC("xdp")
int xdp_dilih(struct xdp_md *ctx)
{
	return at_xdp(ctx, LINK_ETHERNET, HOOK_XDP);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
