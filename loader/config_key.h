/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a [master] section of the settings file. */
#ifndef VFG_LOADER_CONFIG_KEY_H
#define VFG_LOADER_CONFIG_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* A section while it is read. Begins zeroed but for arena, file and master. */
struct vfg_config_section {
	struct vfg_arena *arena;
	const char *file; /* the settings file: relative files are below its folder */
	struct vfg_config_master *master;
	int room;      /* of the master's argv */
	uint64_t seen; /* keys, by their place in the table */
};

/**
 * vfg_config_key_take - take one key
 *
 * Return: NULL, or what is wrong with it, one line.
 */
const char *vfg_config_key_take(struct vfg_config_section *section, const char *name,
				const char *value);

/* Has the section named where its rules come from? */
bool vfg_config_key_has_policy(const struct vfg_config_section *section);

#endif
