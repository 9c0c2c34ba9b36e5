/* SPDX-License-Identifier: GPL-2.0-only */
/* The log command's two ways to show: what is known now, and what happens from now on. */
#ifndef VFG_LOADER_LOG_FOLLOW_H
#define VFG_LOADER_LOG_FOLLOW_H

#include "log_config.h"

struct vfg_log_show {
	const char *master; /* NULL: all */
	enum vfg_log_format format;
	uint32_t interval_s;
	uint32_t continue_s;
	const struct vfg_log_config *config; /* ids for the platform's formats */
};

/* Return: the exit status, reported. */
int vfg_log_show_now(const struct vfg_log_show *show);

/* The same, until SIGINT, SIGTERM, the reader's or the device's end. */
int vfg_log_follow(const struct vfg_log_show *show);

#endif
