/* SPDX-License-Identifier: GPL-2.0-only */
/* A loaded master, opened by a command. */
#ifndef VFG_LOADER_LOADED_H
#define VFG_LOADER_LOADED_H

#include <stdbool.h>

#include "pin.h"
#include "state.h"

struct vfg_loaded {
	int lock; /* -1 where opened without */
	struct vfg_pins pins;
	struct vfg_state state;
	bool has_state; /* false: a load was killed before it wrote any */
};

enum vfg_loaded_how {
	VFG_LOADED_READ,   /* no lock, complete */
	VFG_LOADED_CHANGE, /* locked, complete */
	VFG_LOADED_REMOVE, /* locked, whatever there is */
};

/**
 * vfg_loaded_open - open what is loaded on a master of this network namespace
 *
 * Return: 0, or an exit status, reported: not loaded, another namespace's, half loaded, another
 * device that has the name now, and for a change, a device that is gone.
 */
int vfg_loaded_open(const char *master, enum vfg_loaded_how how, struct vfg_loaded *ret_loaded);
void vfg_loaded_close(struct vfg_loaded *loaded);
#define autoloaded __attribute__((cleanup(vfg_loaded_close)))

/**
 * vfg_loaded_elsewhere - do these pins belong to another network namespace?
 */
bool vfg_loaded_elsewhere(const struct vfg_state *state);

/**
 * vfg_loaded_as - the name under which a device of this network namespace was loaded
 *
 * Return: false where it is not loaded.
 */
bool vfg_loaded_as(unsigned int ifindex, char ret_name[IFNAMSIZ]);

/**
 * vfg_loaded_hold_signals - let no SIGINT, SIGTERM or SIGHUP end us in the middle of a change
 *
 * They take effect when the command ends.
 */
void vfg_loaded_hold_signals(void);

#endif
