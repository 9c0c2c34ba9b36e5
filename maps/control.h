/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader tells every program, beside the policy: the seed and size of the flow table,
 * time, and which flows still stand.
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
 *
 * keep_since is that of the policy in force (struct vfg_policy), 0 where there has been none: then,
 * too, the programs drop. It stands here as well so that a packet of a live flow needs not open the
 * policy. The loader raises it before it puts a policy in force: for a moment flows are judged
 * again by the old one, and never kept by one that the new policy is to end.
 *
 * decided_by is the generation whose decisions may be recalled (decision.h). It, too, is raised
 * before the policy is in force: for a moment none is recalled, and never one of an older policy.
 */
enum { VFG_TICK_SHIFT = 6 };

struct vfg_control {
	__u64 seed[2];			 /* of the flow table's hash, random */
	__u32 flow_mask[VFG_FAMILY_MAX]; /* buckets - 1 */
	__u32 tick_hz;			 /* ticks to a second, rounded up */
	__u32 keep_since;   /* flows judged under an older generation are judged again */
	__u32 decided_by;   /* only decisions of this generation are recalled */
	__u32 next_rule_id; /* the loader's: where to look for a free rule id */
	__u32 timeout_ticks[VFG_FLOW_STATE_MAX]; /* TCP, by enum vfg_flow_state */
	__u32 timeout_udp_ticks;
	__u32 timeout_icmp_ticks; /* ICMP and ICMPv6 */
	__u32 timeout_other_ticks;
	__u32 timeout_fragment_ticks;
};

_Static_assert(sizeof(struct vfg_control) == 88, "layout");

#endif
