/* SPDX-License-Identifier: GPL-2.0-only */
/* What the platform's formats have no member for: what of a flow log is missing, and how much. */
#ifndef VFG_LOADER_LOG_SUMMARY_H
#define VFG_LOADER_LOG_SUMMARY_H

#include "log_session.h"

/* As one JSON object, of all since the master was loaded. */
void vfg_log_summary_print(FILE *to, const struct vfg_log_session *session);

/**
 * vfg_log_summary_write - the same as the file MASTER.summary.json in the log's folder
 *
 * Return: 0 or -errno.
 */
int vfg_log_summary_write(const char *directory, const struct vfg_log_session *session);

#endif
