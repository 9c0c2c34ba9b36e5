/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question to a loaded program: what would you do with this packet? `vfguard verify` asks through
 * BPF_PROG_TEST_RUN.
 *
 * A test run comes in on the loopback device (ifindex 1), where no program of ours is ever
 * attached. Such a packet is judged as the first of a new flow; nothing is counted and no flow is
 * opened, and the answer is written over its two MAC addresses.
 */
#ifndef VFG_MAPS_ANSWER_H
#define VFG_MAPS_ANSWER_H

#include "abi.h"

enum { VFG_ANSWER_IFINDEX = 1 };

/* At offset 0 of the packet that the test run returns; 12 bytes, unaligned on purpose. */
struct vfg_answer {
	__u32 rule;	  /* rule number in the active policy, VFG_RULE_NONE where none decided */
	__u32 generation; /* of the policy that judged */
	__u16 reason;	  /* enum vfg_reason */
	__u16 direction;  /* enum vfg_direction */
};

_Static_assert(sizeof(struct vfg_answer) == 12, "layout");

#endif
