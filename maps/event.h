/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs tell as it happens: packets that a rule has denied. */
#ifndef VFG_MAPS_EVENT_H
#define VFG_MAPS_EVENT_H

#include "abi.h"

enum {
	/* A power of two. One write would have to last as long as this many others for a slot to
	   have two writers. */
	VFG_EVENT_SLOTS = 16384,
	/* Told of each rule, CPU and second; struct vfg_rule_count's hits count the rest. */
	VFG_EVENT_PER_RULE = 16,
};

/*
 * One denied packet. `number` is 0 while the slot is being written: a reader copies the event and
 * takes it where `number` was the one that it expects before and after. Example, a SYN to
 * 192.0.2.5 port 23 from 198.51.100.7 port 40000: local 192.0.2.5, remote 198.51.100.7, local_port
 * 23, remote_port 40000, protocol 6, hook VFG_HOOK_XDP.
 */
struct vfg_event {
	__u64 number;	 /* 1, 2, 3 ...; in slot (number - 1) % VFG_EVENT_SLOTS */
	__u64 time_ns;	 /* CLOCK_MONOTONIC */
	__be32 local[4]; /* IPv4: [0], the rest zero */
	__be32 remote[4];
	__be16 local_port; /* 0 where the protocol has none; ICMP: the identifier */
	__be16 remote_port;
	__u8 protocol;
	__u8 icmp_query; /* type of the query that it is or answers; 0 but for ICMP */
	__u8 family;	 /* enum vfg_family */
	__u8 hook;	 /* enum vfg_hook; says the direction, too */
	__u32 rule;	 /* id */
	__u32 ifindex;	 /* of the device that it was judged on */
};

/*
 * Written by the programs, which overwrite the oldest and wait for nobody; read by whoever wants
 * to, each at his own pace: events that are missing between two numbers were overwritten before
 * he came.
 */
struct vfg_event_ring {
	__u64 head; /* number of the newest */
	__u64 pad0[7];
	struct vfg_event event[VFG_EVENT_SLOTS];
};

static inline enum vfg_direction vfg_hook_direction(__u32 hook)
{
	return hook == VFG_HOOK_XDP || hook == VFG_HOOK_TC_INGRESS ? VFG_INBOUND : VFG_OUTBOUND;
}

_Static_assert(sizeof(struct vfg_event) == 64, "layout");
_Static_assert(sizeof(struct vfg_event_ring) == 64 + 64 * VFG_EVENT_SLOTS, "layout");

#endif
