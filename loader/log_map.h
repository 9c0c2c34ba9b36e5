/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that a flow log is made of, mapped into memory. */
#ifndef VFG_LOADER_LOG_MAP_H
#define VFG_LOADER_LOG_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../maps/control.h"
#include "../maps/event.h"
#include "log_track.h"
#include "flow_table.h"
#include "pin.h"

struct vfg_log_maps {
	struct vfg_flow_table table[VFG_FAMILY_MAX];
	const struct vfg_event_ring *ring;
	uint32_t id; /* of vfg_control: another load has another */
	int control;
	int rule;
	int rule_cpus;
	void *rule_counts; /* room for one of each CPU */
};

/* Return: 0, or -errno: -ENOENT where nothing is loaded. */
int vfg_log_maps_open(const struct vfg_pins *pins, struct vfg_log_maps *ret_maps);
void vfg_log_maps_close(struct vfg_log_maps *maps);

/* Is it still this load that is pinned there? */
bool vfg_log_maps_are_pinned(const struct vfg_log_maps *maps, const struct vfg_pins *pins);

int vfg_log_maps_control(const struct vfg_log_maps *maps, struct vfg_control *ret_control);

/* What a rule has decided, by its id. Return: 0 or -errno. */
int vfg_log_maps_hits(const struct vfg_log_maps *maps, uint32_t id, uint64_t *ret_hits);

#endif
