/* SPDX-License-Identifier: GPL-2.0-only */
/* All that it takes to look at the flows of a loaded master: tables, clock, rules' names. */
#ifndef VFG_LOADER_FLOW_VIEW_H
#define VFG_LOADER_FLOW_VIEW_H

#include "active.h"
#include "flow_slot.h"
#include "loaded.h"
#include "rule_name.h"

struct vfg_flow_view {
	struct vfg_control control;
	uint32_t jiffies_hz;
	uint32_t now; /* ticks, when it was opened */
	struct vfg_active policy;
	struct vfg_retired retired; /* rules of policies before it */
	struct vfg_rule_names *names;
	struct vfg_flow_table table[VFG_FAMILY_MAX];
};

/**
 * vfg_flow_view_open - map tables and policies, read the clock
 * @change: flows are to be forgotten
 * @ret_view: released by vfg_flow_view_close(), whatever is returned
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_flow_view_open(const struct vfg_loaded *loaded, const char *name, bool change,
		       struct vfg_flow_view *ret_view);
void vfg_flow_view_close(struct vfg_flow_view *view);
#define autoview __attribute__((cleanup(vfg_flow_view_close)))

/* The rule of a flow; one without a name where it is not known. */
const struct vfg_rule_name *vfg_flow_view_rule(const struct vfg_flow_view *view, uint32_t id);

#endif
