/* SPDX-License-Identifier: GPL-2.0-only */
/* The last image that was put in force, kept on disk. */
#ifndef VFG_LOADER_SAVE_H
#define VFG_LOADER_SAVE_H

#include "policy.h"

/**
 * vfg_save_image - keep the image as /var/lib/vfguard/<master>.image
 *
 * Replaced as a whole or not at all. A failure is said, and is not fatal.
 */
void vfg_save_image(const char *master, const struct vfg_policy_file *file);

enum { VFG_SAVE_PATH_MAX = 128 };

/* Is one kept of this master, and where? */
bool vfg_save_find(const char *master, char ret_path[VFG_SAVE_PATH_MAX]);

/* Forget it: the master is no longer enforced. */
void vfg_save_forget(const char *master);

#endif
