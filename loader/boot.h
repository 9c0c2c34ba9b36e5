/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the masters that the settings name, when they are there. What is loaded already is left
 * alone, and so is what somebody has unloaded since, until the device comes anew.
 */
#ifndef VFG_LOADER_BOOT_H
#define VFG_LOADER_BOOT_H

#include <stdbool.h>

#include "config.h"

enum { VFG_BOOT_STATUS_BYTES = 512 };

struct vfg_boot_master;

struct vfg_boot {
	struct vfg_config config;
	struct vfg_boot_master *master; /* of each in config, what has become of it */
};

/**
 * vfg_boot_open - read the settings
 * @file: NULL for the default one, which need not be there
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_boot_open(const char *file, struct vfg_boot *ret_boot);
void vfg_boot_close(struct vfg_boot *boot);

/* Read them again. Faults are reported, and leave the old settings. */
void vfg_boot_reload(struct vfg_boot *boot);

/**
 * vfg_boot_pass - load what is to be loaded
 *
 * A master that cannot be is tried again, after 1, 2, 4 ... 60 seconds; what is said of it is said
 * once.
 *
 * Return: true where some is not done that may be in a moment: not there yet, or a command is at
 * work on it.
 */
bool vfg_boot_pass(struct vfg_boot *boot);

/* The settings' masters, in one line; the first word is "degraded" where one lacks its policy. */
void vfg_boot_status(const struct vfg_boot *boot, char ret_text[VFG_BOOT_STATUS_BYTES]);

#endif
