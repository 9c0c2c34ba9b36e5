/* SPDX-License-Identifier: GPL-2.0-only */
/* Has the metrics written to a file now and then, by a process of its own: neither a slow disk nor
 * long tables keep the daemon from a new device. */
#ifndef VFG_LOADER_EXPORTER_H
#define VFG_LOADER_EXPORTER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"

/* Begins zeroed. */
struct vfg_exporter {
	pid_t child; /* 0: none is at work */
	uint64_t due_ns;
	bool failed;	     /* the last one; said, and not again */
	char file[PATH_MAX]; /* that was written last */
};

/**
 * vfg_exporter_step - write the file if it is time
 * @now_ns: CLOCK_MONOTONIC
 *
 * A file that the settings name no longer is removed; else it stays when the daemon ends, and its
 * age tells (node_textfile_mtime_seconds).
 */
void vfg_exporter_step(struct vfg_exporter *exporter, const struct vfg_config *config,
		       uint64_t now_ns);

#endif
