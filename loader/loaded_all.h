/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes over what is loaded in this network namespace. */
#ifndef VFG_LOADER_LOADED_ALL_H
#define VFG_LOADER_LOADED_ALL_H

#include "loaded.h"

/**
 * vfg_loaded_all - call @visit for one loaded master, or for all
 * @master: NULL for all of this network namespace; those half loaded are noted and left out
 * @ret_any: there was one, if only half loaded
 * @visit: returns 0, or an exit status, reported, which ends it
 *
 * Return: what @visit returned last, or an exit status, reported.
 */
int vfg_loaded_all(const char *master, int (*visit)(const struct vfg_loaded *loaded, void *data),
		   void *data, bool *ret_any);

#endif
