/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules have just decided, so that the same packet at the next hook, or one like it, need
 * not be classified again: a scan that repeats itself, a SYN sent again, a packet that XDP has let
 * through to TC. It saves work and decides nothing: a decision that is not there is made anew.
 */
#ifndef VFG_MAPS_DECISION_H
#define VFG_MAPS_DECISION_H

#include "abi.h"

enum {
	/* A CPU's decisions, a power of two. The hash of the key names a pair of places. Where both
	   are taken by decisions that hold, one in VFG_DECISION_PATIENCE that come replaces one:
	   who never repeats himself cannot push out what does. */
	VFG_DECISIONS = 4096,
	VFG_DECISION_PATIENCE = 8,
};

/*
 * One decision of one CPU, on the first packet of a flow. Written and read by the programs on that
 * CPU only. It holds for exactly the key that it names and for one generation of the policy
 * (struct vfg_control, decided_by); generation 0 is none.
 *
 * `sequence` is odd while somebody writes: where a program can be interrupted by another one on its
 * CPU, it makes the reader of what is half written, or has been replaced meanwhile, look away.
 *
 * Example: SSH from 198.51.100.7 port 40000 to 192.0.2.5, denied by rule 17, whose id is 3, under
 * the 2nd policy: local 192.0.2.5, remote 198.51.100.7, rest = local port 22, remote port 40000,
 * protocol 6; generation 2, kind 0 (IPv4, inbound), rule 17, id 3, reason RULE_DENY.
 */
struct vfg_decision {
	__be32 local[4]; /* IPv4: [0], the rest is not looked at */
	__be32 remote[4];
	__u64 rest; /* ports, protocol and so on, as they stand in struct vfg_flow6 */
	__u32 generation;
	__u32 kind; /* family | direction << 8 */
	__u32 rule;
	__u32 id;
	__u32 reason; /* enum vfg_reason: RULE_ALLOW, RULE_DENY or NO_RULE */
	__u32 sequence;
};

_Static_assert(sizeof(struct vfg_decision) == 64, "a cache line");

#endif
