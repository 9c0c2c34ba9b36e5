/* SPDX-License-Identifier: GPL-2.0-only */
/* TC programs on a device: by tcx links at the head of the chain where the kernel has them, else by
 * clsact filters. */
#ifndef VFG_LOADER_TC_H
#define VFG_LOADER_TC_H

#include <stdbool.h>
#include <stdint.h>

#include "../maps/abi.h"
#include "pin.h"

/* How TC programs are attached; AUTO: as the kernel can. */
enum vfg_tc_way {
	VFG_TC_AUTO = 0, /* of what is found: nothing */
	VFG_TC_CLSACT = 1,
	VFG_TC_TCX = 2,
};

/* One side of one device, and the program that belongs there. */
struct vfg_tc_hook {
	const struct vfg_pins *pins;
	const char *program; /* its pin */
	unsigned int ifindex;
	enum vfg_direction direction;
};

struct vfg_tc_done {
	bool put;	     /* it was not there */
	bool moved;	     /* it was there, but behind another tcx program */
	bool created_clsact; /* the device had no clsact qdisc, and has one now */
};

/**
 * vfg_tc_cover - see to it that the program is attached, and is the first
 * @ret_done: what it took; filled after a failure too
 *
 * A program that is moved never leaves its device: until the new link stands, a clsact filter does.
 *
 * Return: 0 or -errno.
 */
int vfg_tc_cover(const struct vfg_tc_hook *hook, enum vfg_tc_way way, struct vfg_tc_done *ret_done);

/**
 * vfg_tc_remove - take the program off, and only ours
 *
 * Return: 0, -ENOENT where it is not there, or -errno.
 */
int vfg_tc_remove(const struct vfg_tc_hook *hook);

/* How is it attached? VFG_TC_AUTO: it is not. */
enum vfg_tc_way vfg_tc_find(const struct vfg_tc_hook *hook);

/* The id of a program, 0 where it cannot be told. */
uint32_t vfg_tc_program_id(int program_fd);

#endif
