/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader remembers of a loaded master, in a map pinned beside the others as `state`: it
 * lives and dies with the pins, and is replaced as a whole.
 */
#ifndef VFG_LOADER_STATE_H
#define VFG_LOADER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "netns.h"
#include "pin.h"

enum vfg_mode {
	VFG_MODE_AUTO = 0, /* native, where that is impossible TC only */
	VFG_MODE_NATIVE = 1,
	VFG_MODE_GENERIC = 2,
	VFG_MODE_TC = 3,
};

enum {
	VFG_STATE_COMPLETE = 1,	 /* load came to its end */
	VFG_STATE_CLSACT = 2,	 /* the clsact qdisc is ours */
	VFG_STATE_GONE = 4,	 /* the daemon has said that the master is gone */
	VFG_STATE_TC_FAILED = 8, /* the daemon has said that a filter is missing */
	VFG_STATE_PATHS_MAX = 64,
};

/* A device that XDP could not be attached to, or that it was. */
struct vfg_state_path {
	uint32_t ifindex; /* 0: free */
	uint32_t mode;	  /* VFG_MODE_NATIVE, _GENERIC or _TC */
	int32_t error;	  /* with _TC: why, -errno; 0 where it was asked for */
	uint32_t pad0;
};

/* Written by load, by the daemon and by nobody else, under the master's lock. */
struct vfg_state {
	struct vfg_netns netns;
	uint32_t ifindex; /* the master's */
	uint32_t mode;	  /* enum vfg_mode, as asked for */
	uint32_t flags;
	uint32_t pad0;
	char master[IFNAMSIZ];
	struct vfg_state_path path[VFG_STATE_PATHS_MAX];
};

/**
 * vfg_state_create - make and pin the state
 *
 * Return: 0 or -errno.
 */
int vfg_state_create(const struct vfg_pins *pins, const struct vfg_state *state);

/**
 * vfg_state_read - read the state of a master
 *
 * Return: 0, -ENOENT where there is none (not loaded, or a load that was killed), or -errno.
 */
int vfg_state_read(const struct vfg_pins *pins, struct vfg_state *ret_state);
int vfg_state_write(const struct vfg_pins *pins, const struct vfg_state *state);

/* The entry of a device, or NULL; with @claim a new one while there is room. */
struct vfg_state_path *vfg_state_path(struct vfg_state *state, uint32_t ifindex, bool claim);

#endif
