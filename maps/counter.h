/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: packets by reason, by rule and by device. Per-CPU, written by the programs only, summed
 * by user space. Packets are packets on the wire (a GRO or GSO buffer counts its segments), bytes
 * are those of L2 frames.
 */
#ifndef VFG_MAPS_COUNTER_H
#define VFG_MAPS_COUNTER_H

#include "abi.h"
#include "reason.h"

enum {
	/* index of the reason map: hook * VFG_COUNTER_REASONS + reason */
	VFG_COUNTER_REASONS = 32,
	VFG_COUNTER_REASON_ENTRIES = VFG_HOOK_MAX * VFG_COUNTER_REASONS,
	/* devices counted at once, hashed by ifindex: a power of two; index 0 of the map is for
	   those that found no place */
	VFG_COUNTER_PATHS = 256,
	VFG_COUNTER_PATH_ENTRIES = 1 + VFG_COUNTER_PATHS,
	VFG_COUNTER_PATH_PROBES = 4,
};

struct vfg_count {
	__u64 packets;
	__u64 bytes;
};

/*
 * By rule id. `hits` counts decisions: new flows allowed, packets denied. packets/bytes: of all
 * that the rule decided, allowed ones counted once, in TC, over the life of the flow. `since` and
 * `told` are the programs': of a denied packet, whether to tell (event.h).
 */
struct vfg_rule_count {
	__u64 hits;
	__u64 packets;
	__u64 bytes;
	__u32 last;  /* hit, in ticks (control.h); means nothing where hits is 0 */
	__u16 since; /* lower half of the tick from which `told` counts */
	__u16 told;  /* events since then */
};

/*
 * By device: which hook judged how much. The program claims the first free place of
 * VFG_COUNTER_PATH_PROBES from 1 + ifindex % VFG_COUNTER_PATHS on, per CPU; the loader clears
 * the places of devices that are gone.
 */
struct vfg_path_count {
	__u32 ifindex;
	__u32 pad0;
	struct vfg_count judged[VFG_HOOK_MAX];
	struct vfg_count dropped[VFG_HOOK_MAX];
};

_Static_assert((int)VFG_REASON_MAX <= (int)VFG_COUNTER_REASONS, "the reason map is too small");
_Static_assert(sizeof(struct vfg_rule_count) == 32, "layout");
_Static_assert(sizeof(struct vfg_path_count) == 136, "layout");

#endif
