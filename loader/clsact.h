/* SPDX-License-Identifier: GPL-2.0-only */
/* Our TC filters on a device: clsact, priority 1, handle 1, direct action. */
#ifndef VFG_LOADER_CLSACT_H
#define VFG_LOADER_CLSACT_H

#include <stdbool.h>
#include <stdint.h>

#include "../maps/abi.h"

/**
 * vfg_clsact_prepare - see to it that the device has a clsact qdisc
 * @ret_created: it had none, and has one now
 *
 * Return: 0 or -errno (-EEXIST: the place is taken by an ingress qdisc).
 */
int vfg_clsact_prepare(unsigned int ifindex, bool *ret_created);

/**
 * vfg_clsact_attach - put our program in place
 *
 * Return: 0, -EEXIST where priority 1, handle 1 is somebody else's, or -errno.
 */
int vfg_clsact_attach(unsigned int ifindex, enum vfg_direction direction, int program_fd);

/**
 * vfg_clsact_detach - take our filter away, and only ours
 * @program_fd: of the program it runs
 *
 * Return: 0, -ENOENT where it is not there (or another program is), or -errno.
 */
int vfg_clsact_detach(unsigned int ifindex, enum vfg_direction direction, int program_fd);

/* Another program in the place of the one in our filter, between two packets. Return: 0 or -errno.
 */
int vfg_clsact_replace(unsigned int ifindex, enum vfg_direction direction, int program_fd);

bool vfg_clsact_attached(unsigned int ifindex, enum vfg_direction direction, int program_fd);

/**
 * vfg_clsact_tidy - remove the clsact qdisc if no filter is left on it
 * @ret_removed: whether it was removed
 *
 * Return: 0 or -errno.
 */
int vfg_clsact_tidy(unsigned int ifindex, bool *ret_removed);

enum { VFG_CLSACT_RIVALS_MAX = 8 };

/* Filters of others at our priority, the first of all. */
struct vfg_clsact_rivals {
	uint32_t count;
	struct {
		uint32_t handle;
		bool is_ahead; /* runs before ours */
	} rival[VFG_CLSACT_RIVALS_MAX];
};

/**
 * vfg_clsact_rivals - who shares our priority
 *
 * Return: 0 or -errno.
 */
int vfg_clsact_rivals(unsigned int ifindex, enum vfg_direction direction,
		      struct vfg_clsact_rivals *ret_rivals);

#endif
