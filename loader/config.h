/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's settings: which masters it loads by itself, and how. */
#ifndef VFG_LOADER_CONFIG_H
#define VFG_LOADER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include "../policy-compiler/nsgc.h"
#include "tuning.h"

enum { VFG_CONFIG_ADDRESS_BYTES = 6 };

/* One [master DEVICE] section. */
struct vfg_config_master {
	const char *title; /* DEVICE as the file has it */
	unsigned int line; /* of the section's head */
	bool by_address;   /* the permanent address, else the name */
	uint8_t address[VFG_CONFIG_ADDRESS_BYTES];
	bool closed; /* without any policy, deny all but the platform */
	struct vfg_tuning tuning;
	char **argv; /* the policy, as load's arguments; files are not read yet */
	int argc;
};

struct vfg_log_config;

struct vfg_config {
	const char *file;
	struct vfg_arena *arena;  /* where all of it lives; NULL where there are no settings */
	unsigned int audit_ms;	  /* a full pass at least that often */
	unsigned int wait_ms;	  /* at start, for masters that are not there yet */
	const char *metrics_file; /* for node_exporter; NULL: none */
	unsigned int metrics_ms;  /* how often it is written */
	struct vfg_config_master *master;
	size_t count;
	struct vfg_log_config *log; /* NULL where no key speaks of it */
};

/* Where settings are looked for when nobody names a file. */
extern const char vfg_config_default_file[];

/**
 * vfg_config_read - read a settings file
 * @file: kept by @ret_config; relative files in it are below its folder
 * @must: a file that is not there is an error, else it means that there is nothing to load
 *
 * Return: 0, or an exit status, reported, each fault as "FILE:LINE: what"; then @ret_config is
 * untouched.
 */
int vfg_config_read(const char *file, bool must, struct vfg_config *ret_config);
void vfg_config_free(struct vfg_config *config);

#endif
