/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides when the daemon is ready; the words go by notify.c. */
#include <string.h>
#include <time.h>

#include "notify.h"
#include "say.h"
#include "service.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void tell_ready(struct vfg_service *service, const struct vfg_boot *boot, bool pending)
{
	if (!service->ready_by_ms)
		service->ready_by_ms = now_ms() + boot->config.wait_ms;
	if (pending && now_ms() < service->ready_by_ms)
		return;
	if (pending)
		vfg_warn("daemon", "not all masters of %s are there after %u s, continuing",
			 boot->config.file, boot->config.wait_ms / 1000);
	service->ready = true;
	vfg_notify_ready();
}

void vfg_service_tell(struct vfg_service *service, const struct vfg_boot *boot, bool pending)
{
	char status[VFG_BOOT_STATUS_BYTES];

	vfg_boot_status(boot, status);
	if (strcmp(status, service->status) != 0)
		vfg_notify_status(status);
	memcpy(service->status, status, sizeof(status));
	if (!service->ready)
		tell_ready(service, boot, pending);
	vfg_notify_alive();
}

int vfg_service_sleep_ms(const struct vfg_service *service, const struct vfg_boot *boot)
{
	int64_t sleep_ms = boot->config.audit_ms, left_ms = service->ready_by_ms - now_ms();
	int alive_ms = vfg_notify_alive_ms();

	if (alive_ms >= 0 && alive_ms < sleep_ms)
		sleep_ms = alive_ms;
	if (!service->ready && left_ms < sleep_ms)
		sleep_ms = left_ms;
	return sleep_ms > 0 ? (int)sleep_ms : 0;
}

void vfg_service_reload(struct vfg_service *service, struct vfg_boot *boot)
{
	vfg_notify_reloading();
	vfg_boot_reload(boot);
	if (service->ready)
		vfg_notify_ready();
}
