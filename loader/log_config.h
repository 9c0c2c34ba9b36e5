/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of flow logs: the keys of [daemon] that begin with "log". */
#ifndef VFG_LOADER_LOG_CONFIG_H
#define VFG_LOADER_LOG_CONFIG_H

#include "log_identity.h"
#include "log_format.h"

enum { VFG_LOG_ALIASES_MAX = 64 };

/* Texts live in the settings' arena. Begins as vfg_log_config_default. */
struct vfg_log_config {
	enum vfg_log_format format; /* OFF, VNET or NSG */
	bool journal;
	const char *directory;
	uint32_t interval_s;
	uint32_t continue_s;
	uint64_t size_bytes; /* of all files of the format together */
	struct vfg_log_alias acl[VFG_LOG_ALIASES_MAX];
	struct vfg_log_alias nsg[VFG_LOG_ALIASES_MAX];
	struct vfg_log_identity identity; /* acl and nsg, device and mac are not set */
	size_t acls, nsgs;
};

extern const struct vfg_log_config vfg_log_config_default;

/**
 * vfg_log_config_take - take one key
 *
 * Return: NULL, or what is wrong with it, one line.
 */
const char *vfg_log_config_take(struct vfg_log_config *config, struct vfg_arena *arena,
				const char *name, const char *value);

/* Is anything to be logged by the daemon? */
bool vfg_log_config_wants(const struct vfg_log_config *config);

/* What the log of one master says of itself. */
struct vfg_log_identity vfg_log_config_identity(const struct vfg_log_config *config,
						const char *device, const char *mac);

#endif
