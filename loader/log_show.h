/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of a session that wait, as text in whichever format. */
#ifndef VFG_LOADER_LOG_SHOW_H
#define VFG_LOADER_LOG_SHOW_H

#include "log_follow.h"
#include "log_session.h"

/* One piece of text, and how many records it has. It is gone when the call returns. */
typedef void vfg_log_piece(void *data, const char *text, size_t bytes, uint64_t records);

/**
 * vfg_log_show_records - hand on what waits, line by line
 *
 * The platform's formats: one element of records[] a line; no line for NSGs without records. Then
 * nothing waits any more.
 */
void vfg_log_show_records(const struct vfg_log_show *show, struct vfg_log_session *session,
			  vfg_log_piece *take, void *data);

#endif
