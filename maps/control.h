/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader tells every program, beside the policy: the seed and size of the flow table, and
 * time.
 */
#ifndef VFG_MAPS_CONTROL_H
#define VFG_MAPS_CONTROL_H

#include "abi.h"
#include "flow.h"

/*
 * One entry, written by the loader before anything is attached, read by all programs. Time is
 * counted in ticks of 64 jiffies, which the programs read without a call; the loader finds out how
 * many jiffies there are to a second. 32 bits of them last for 8 years and more, so that no idle
 * flow lives to see them wrap. tick_hz = 0 means not set up: the programs then drop, with
 * VFG_REASON_NO_POLICY.
 */
enum { VFG_TICK_SHIFT = 6 };

struct vfg_control {
	__u64 seed[2];			 /* of the flow table's hash, random */
	__u32 flow_mask[VFG_FAMILY_MAX]; /* buckets - 1 */
	__u32 tick_hz;			 /* ticks to a second, rounded up */
	__u32 next_rule_id;		 /* the loader's: where to look for a free rule id */
	__u32 timeout_ticks[VFG_FLOW_STATE_MAX]; /* TCP, by enum vfg_flow_state */
	__u32 timeout_other_ticks;		 /* UDP, ICMP and the rest */
	__u32 timeout_fragment_ticks;
};

_Static_assert(sizeof(struct vfg_control) == 72, "layout");

#endif
