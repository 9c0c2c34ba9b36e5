/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow logs of all masters of this network namespace, or of one, as they come and go. */
#ifndef VFG_LOADER_LOG_SET_H
#define VFG_LOADER_LOG_SET_H

#include "log_session.h"

struct vfg_log_set {
	const char *only; /* NULL: all masters */
	struct vfg_log_session_how how;
	/* Called for a session that comes to its end, for its last records. */
	void (*part)(struct vfg_log_session *session, void *data);
	struct vfg_log_session **session;
	size_t count;
	bool said_busy;
	int said_error;
};

/**
 * vfg_log_set_refresh - open the logs of masters that have come
 *
 * Those that cannot be opened are said, once.
 */
void vfg_log_set_refresh(struct vfg_log_set *set);

/* A look at each; those that are loaded no longer part. Return: how many have parted. */
size_t vfg_log_set_look(struct vfg_log_set *set, int clock, uint32_t continue_s);

/* All part. */
void vfg_log_set_close(struct vfg_log_set *set);

#endif
