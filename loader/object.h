/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF objects: loaded once for a master, their maps and programs pinned below its directory. */
#ifndef VFG_LOADER_OBJECT_H
#define VFG_LOADER_OBJECT_H

#include <stdint.h>

#include "pin.h"

/**
 * vfg_object_load - load both objects, create the maps, pin maps and programs
 * @where: the master, for messages
 * @buckets: of each flow table, a power of two
 *
 * On failure whatever has been pinned stays, for the caller to remove with the directory.
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_object_load(const struct vfg_pins *pins, const char *where, uint32_t buckets);

#endif
