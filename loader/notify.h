/* SPDX-License-Identifier: GPL-2.0-only */
/* What the service manager is told of the daemon; nothing where there is none. */
#ifndef VFG_LOADER_NOTIFY_H
#define VFG_LOADER_NOTIFY_H

void vfg_notify_ready(void);
void vfg_notify_reloading(void);
void vfg_notify_stopping(void);

/* One line for `systemctl status`. */
void vfg_notify_status(const char *text);

/* Still at work: for the watchdog. */
void vfg_notify_alive(void);

/* How often vfg_notify_alive() is wanted, half of what the watchdog waits; -1 where there is none.
 */
int vfg_notify_alive_ms(void);

#endif
