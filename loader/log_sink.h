/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the daemon's flow log goes: files in the platform's folders, and the journal. */
#ifndef VFG_LOADER_LOG_SINK_H
#define VFG_LOADER_LOG_SINK_H

#include "log_config.h"
#include "log_session.h"

struct vfg_log_sink {
	const struct vfg_log_config *config;
	int64_t pruned_hour;
	uint64_t pruned_ms;
	bool full; /* the hour that is being written is beyond the limit */
	bool said_journal;
};

/**
 * vfg_log_sink_write - write the records of a session that wait
 *
 * What cannot be written waits on; when it begins to fail, and when it goes well again, is said.
 */
void vfg_log_sink_write(struct vfg_log_sink *sink, struct vfg_log_session *session);

/* The same, where it is time to. @now_ms: CLOCK_MONOTONIC */
void vfg_log_sink_write_due(struct vfg_log_sink *sink, struct vfg_log_session *session,
			    uint64_t now_ms);

#endif
