/* SPDX-License-Identifier: GPL-2.0-only */
/* TC programs by tcx links (Linux 6.6), which no `tc` command can take off a device. */
#ifndef VFG_LOADER_TCX_H
#define VFG_LOADER_TCX_H

#include <stdbool.h>
#include <stdint.h>

#include "../maps/abi.h"

enum { VFG_TCX_PROGRAMS_MAX = 64 /* the kernel's own limit */ };

/* Programs at one side of a device, in the order in which they run. */
struct vfg_tcx_programs {
	uint32_t count;
	uint32_t id[VFG_TCX_PROGRAMS_MAX];
};

/* Does this kernel have tcx? Found out by a query, and without a program. */
bool vfg_tcx_supported(void);

/**
 * vfg_tcx_attach - attach a program ahead of all that are there
 *
 * Return: the link, a file descriptor, or -errno (-EEXIST: this program is there already).
 */
int vfg_tcx_attach(unsigned int ifindex, enum vfg_direction direction, int program_fd);

/**
 * vfg_tcx_query - which programs are there
 *
 * Return: 0, also where there are none, or -errno.
 */
int vfg_tcx_query(unsigned int ifindex, enum vfg_direction direction,
		  struct vfg_tcx_programs *ret_programs);

#endif
