/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon in a guest as a service manager would run it: settings, its words, its end. */
#ifndef VFG_SELFTESTS_LIVE_SERVICE_H
#define VFG_SELFTESTS_LIVE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

enum { VFG_SERVICE_WORDS_BYTES = 8 << 10 };

struct vfg_service_run {
	struct vfg_guest *guest;
	const char *watchdog_us; /* NULL: none */
	bool confined;		 /* only the capabilities of the unit */
	int socket;
	char words[VFG_SERVICE_WORDS_BYTES]; /* all that it has told the manager, by lines */
};

/* Write the settings; [daemon] wait = 1 stands before them. */
void vfg_service_settings(const struct vfg_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Start `vfguard daemon -c` on them, as guest->daemon; its log is daemon.log. */
void vfg_service_start(struct vfg_service_run *run, struct vfg_guest *guest);

/* Has it said this to the manager, or does it within so many milliseconds? */
bool vfg_service_says(struct vfg_service_run *run, const char *text, int wait_ms);

/* Does its log have this line's piece, or within twenty seconds? */
bool vfg_service_logs(struct vfg_guest *guest, const char *text);

/* How often the log has it now. */
int vfg_service_logged(struct vfg_guest *guest, const char *text);

/* kill -9 */
void vfg_service_kill(struct vfg_service_run *run);

/* Whatever state it is in. */
void vfg_service_end(struct vfg_service_run *run);

#endif
