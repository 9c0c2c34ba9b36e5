/* SPDX-License-Identifier: GPL-2.0-only */
/* How full the flow tables are. */
#ifndef VFG_LOADER_FLOWS_H
#define VFG_LOADER_FLOWS_H

#include <stdint.h>

#include "../maps/flow.h"
#include "pin.h"

/* By family. Entries whose time is up count until they are overwritten. */
struct vfg_flow_use {
	uint64_t room;
	uint64_t in_state[VFG_FLOW_STATE_MAX];
};

/**
 * vfg_flows_count - go through a flow table and count its entries by state
 *
 * Return: 0 or -errno.
 */
int vfg_flows_count(const struct vfg_pins *pins, enum vfg_family family,
		    struct vfg_flow_use *ret_use);

#endif
