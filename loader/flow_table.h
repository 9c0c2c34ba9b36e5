/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow tables of a loaded master, mapped into memory. */
#ifndef VFG_LOADER_FLOW_TABLE_H
#define VFG_LOADER_FLOW_TABLE_H

#include "flow_slot.h"
#include "pin.h"

/**
 * vfg_flow_table_open - map a table and its tallies
 * @change: slots are to be freed, too
 * @ret_table: released by vfg_flow_table_close()
 *
 * Return: 0 or -errno.
 */
int vfg_flow_table_open(const struct vfg_pins *pins, enum vfg_family family, bool change,
			struct vfg_flow_table *ret_table);
void vfg_flow_table_close(struct vfg_flow_table *table);

#endif
