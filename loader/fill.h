/* SPDX-License-Identifier: GPL-2.0-only */
/* How full the flow tables of a master are. */
#ifndef VFG_LOADER_FILL_H
#define VFG_LOADER_FILL_H

#include <stdint.h>

#include "../maps/flow.h"
#include "pin.h"

/* Of one family. */
struct vfg_fill {
	uint64_t room;
	uint64_t in_state[VFG_FLOW_STATE_MAX]; /* those whose time is up too */
	uint64_t live;			       /* the three together */
	uint64_t half_open;		       /* seen from one side, or not yet through */
	uint64_t established;
	uint64_t closing; /* FIN or RST seen */
	uint64_t over;	  /* their time is up: as good as free */
};

/**
 * vfg_fill_count - go through the tables and count
 * @ret_use: VFG_FAMILY_MAX of them
 *
 * Return: 0 or -errno.
 */
int vfg_fill_count(const struct vfg_pins *pins, struct vfg_fill *ret_use);

/**
 * vfg_fill_pressure - how near a table is to refusing flows, as a word
 *
 * Return: "none", "rising" (from 60 % on), "high" (80 %), or "full" (95 %; sets of four places fill
 * up unevenly).
 */
const char *vfg_fill_pressure(const struct vfg_fill *use);

#endif
