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

void vfg_notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int vfg_notify_alive_ms(void)
{
	uint64_t limit_us = 0;

	return sd_watchdog_enabled(0, &limit_us) > 0 ? (int)(limit_us / 2000) : -1;
}
