/* SPDX-License-Identifier: GPL-2.0-only */
/* Speaks the service manager's protocol by libsystemd. A failure to be heard changes nothing. */
#include <inttypes.h>
#include <stdint.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "notify.h"

void vfg_notify_ready(void)
{
	sd_notify(0, "READY=1");
}

/* The manager tells this READY from an older one by the time. */
void vfg_notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void vfg_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void vfg_notify_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}

int vfg_notify_alive_ms(void)
{
	uint64_t limit_us = 0;

	return sd_watchdog_enabled(0, &limit_us) > 0 ? (int)(limit_us / 2000) : -1;
}

/* Passes may come in quick succession, and a manager that is slow to read would hold them up. */
void vfg_notify_alive(void)
{
	static int64_t told_ms;
	const int limit_ms = vfg_notify_alive_ms();
	struct timespec now;
	int64_t now_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
	if (limit_ms < 0 || now_ms - told_ms < limit_ms / 4)
		return;
	told_ms = now_ms;
	sd_notify(0, "WATCHDOG=1");
}
