/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon as a service: when it is ready, and what its manager is told. */
#ifndef VFG_LOADER_SERVICE_H
#define VFG_LOADER_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "boot.h"

/* Begins zeroed. */
struct vfg_service {
	bool ready;
	int64_t ready_by_ms;
	char status[VFG_BOOT_STATUS_BYTES];
};

/**
 * vfg_service_tell - say how things stand after a pass
 * @pending: of vfg_boot_pass()
 *
 * Ready, once and for all, when every master of the settings has had its pass, or when those that
 * are not there have been waited for.
 */
void vfg_service_tell(struct vfg_service *service, const struct vfg_boot *boot, bool pending);

/* How long to sleep at most before the next pass. */
int vfg_service_sleep_ms(const struct vfg_service *service, const struct vfg_boot *boot);

/* Read the settings again. */
void vfg_service_reload(struct vfg_service *service, struct vfg_boot *boot);

#endif
