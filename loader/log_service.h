/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's side of the flow log: the process that writes it is started, watched and ended. */
#ifndef VFG_LOADER_LOG_SERVICE_H
#define VFG_LOADER_LOG_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"

/* Begins zeroed. */
struct vfg_log_service {
	pid_t pid; /* 0 where none runs */
	bool ends; /* it was told to */
	int64_t start_at_ms;
	int delay_ms;
};

/* Have the writer run where the settings want it, and only there. It is started anew where it has
 * ended, after 1, 2, 4 ... 60 seconds. */
void vfg_log_service_keep(struct vfg_log_service *service, const struct vfg_config *config);

/* Tell it to end; vfg_log_service_keep() starts another, by the settings of then. Does not wait. */
void vfg_log_service_renew(struct vfg_log_service *service);

/* End it: it writes what it has, within five seconds. */
void vfg_log_service_end(struct vfg_log_service *service);

#endif
