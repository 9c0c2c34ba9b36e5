/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vfguard top` ranks: the differences of two samples of flows, rules and reasons. Pure. */
#ifndef VFG_LOADER_TOP_MODEL_H
#define VFG_LOADER_TOP_MODEL_H

#include <stdbool.h>

#include "../maps/counter.h"
#include "../maps/policy.h"
#include "flow_slot.h"

enum {
	/* Of each kind; more than fit a screen. */
	VFG_TOP_ROWS = 128,
};

/* In the interval between the last two samples. */
struct vfg_top_count {
	uint64_t packets;
	uint64_t bytes;
};

struct vfg_top_flow {
	struct vfg_top_count count;
	struct vfg_flow flow;
};

struct vfg_top_rule {
	struct vfg_top_count count;
	uint64_t hits;
	uint32_t id;
};

struct vfg_top_drop {
	struct vfg_top_count count;
	uint32_t hook; /* enum vfg_hook */
	uint32_t reason;
};

/* A slot at the last sample: which flow it had, and what that had carried. */
struct vfg_top_slot {
	uint64_t flow; /* meta without what changes; 0: none yet */
	struct vfg_top_count carried;
};

struct vfg_top {
	bool by_packets; /* the order: else by bytes */
	bool has_sample; /* there is one to differ from */
	uint64_t live;	 /* flows */
	struct vfg_top_count allowed, dropped;
	size_t flows, rules, drops; /* how many rows there are */
	struct vfg_top_flow flow[VFG_TOP_ROWS];
	struct vfg_top_rule rule[VFG_TOP_ROWS];
	struct vfg_top_drop drop[VFG_TOP_ROWS];
	/* The sample before. */
	uint32_t slots[VFG_FAMILY_MAX];
	struct vfg_top_slot *slot[VFG_FAMILY_MAX];
	struct vfg_rule_count ruled[VFG_POLICY_RULES_MAX]; /* by id */
	struct vfg_count reasoned[VFG_COUNTER_REASON_ENTRIES];
};

/**
 * vfg_top_begin - a new sample begins
 * @slots: of the flow tables; where these have changed, flows begin anew
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_top_begin(struct vfg_top *top, const uint32_t slots[VFG_FAMILY_MAX]);

/* The parts of a sample: each live flow, each rule, all reasons. A counter that went down was
 * cleared: what it has now is its difference. */
void vfg_top_take_flow(struct vfg_top *top, const struct vfg_flow *flow);
void vfg_top_take_rule(struct vfg_top *top, uint32_t id, const struct vfg_rule_count *count);
void vfg_top_take_reasons(struct vfg_top *top, const struct vfg_count *counts);

/* It is complete: what comes next differs from it. The first one ranks nothing. */
void vfg_top_end(struct vfg_top *top);

void vfg_top_free(struct vfg_top *top);

#endif
