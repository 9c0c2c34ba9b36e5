/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy in force, mapped into memory. */
#ifndef VFG_LOADER_ACTIVE_H
#define VFG_LOADER_ACTIVE_H

#include "../policy-compiler/nsgc.h"
#include "pin.h"

struct vfg_active {
	int fd; /* of the inner map */
	void *memory;
	size_t memory_bytes; /* of whole slabs */
	struct vfg_tables tables;
};

/**
 * vfg_active_open - map the policy in force, to read
 *
 * Return: 0, -ENOENT where no policy has been applied, or -errno.
 */
int vfg_active_open(const struct vfg_pins *pins, struct vfg_active *ret_active);
/**
 * vfg_active_pin - keep the map that is in force now open for vfg_active_open()
 *
 * Return: 0 or -errno.
 */
int vfg_active_pin(const struct vfg_pins *pins, int fd);
void vfg_active_close(struct vfg_active *active);
#define autoactive __attribute__((cleanup(vfg_active_close)))

#endif
