/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NICs do not tell about themselves, and which other JSON of the same NIC tells it: a template
 * leaves addresses open that the deployed NIC has.
 */
#ifndef VFG_POLICY_COMPILER_GAP_H
#define VFG_POLICY_COMPILER_GAP_H

#include "finder.h"

/* Either may be NULL. */
struct vfg_nic_name {
	const char *id;
	const char *name;
};

/* Something that one JSON of a NIC leaves open. Lists begin as NULL. */
struct vfg_gap {
	struct vfg_gap *next;
	struct vfg_nic_name nic;
	const char *says; /* what is open, and why */
};

/* NICs whose JSON tells everything. Starts all zero but for the index's arena. */
struct vfg_whole_nics {
	size_t count, room;
	struct vfg_nic_name *nic;
	struct vfg_finder index; /* of nic, by its name */
};

/* Return: 0 or -ENOMEM. */
int vfg_gap_add(struct vfg_arena *arena, struct vfg_gap **gaps, struct vfg_nic_name nic,
		const char *says);
int vfg_whole_nics_add(struct vfg_whole_nics *nics, struct vfg_nic_name nic);

/* Return: the first gap that no whole NIC fills, NULL where there is none. */
const struct vfg_gap *vfg_gap_open(const struct vfg_gap *gaps, const struct vfg_whole_nics *nics);

#endif
