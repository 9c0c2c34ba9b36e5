/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow log of one loaded master while somebody keeps it: looks, and records that wait. */
#ifndef VFG_LOADER_LOG_SESSION_H
#define VFG_LOADER_LOG_SESSION_H

#include <net/if.h>

#include "log_format.h"
#include "log_ledger.h"
#include "log_map.h"

enum {
	VFG_LOG_PENDING_MAX = 65536, /* records; beyond, they are lost */
	VFG_LOG_LOOK_MS = 1000,	     /* between two looks */
};

struct vfg_log_session {
	char master[IFNAMSIZ];
	char mac[VFG_LOG_MAC_BYTES];
	unsigned int ifindex;
	struct vfg_pins pins;
	struct vfg_log_maps maps;
	struct vfg_log_ledger ledger;
	struct vfg_log_names names;
	struct vfg_log_events events;
	uint32_t generation; /* of the policy whose rules are known */
	uint32_t looks;
	uint64_t looked_ns;	       /* since 1970; the last look */
	struct vfg_log_record *record; /* that wait to be written */
	size_t count;
	size_t room;
	size_t told;			     /* of them, to the journal */
	bool active[VFG_POLICY_RULES_MAX];   /* rules that have denied since their hits were read */
	uint64_t more[VFG_POLICY_RULES_MAX]; /* denied packets to be told of as a number, by rule */
	/* Makes room where too many records wait, if it can. */
	void (*spill)(struct vfg_log_session *session, void *data);
	void *data;
	uint64_t flushed_ms; /* for who writes: when, by CLOCK_MONOTONIC, and how large the file is
			      */
	uint64_t file_bytes;
};

struct vfg_log_session_how {
	bool keep; /* its ledger in a file: the daemon's */
	void (*spill)(struct vfg_log_session *session, void *data);
	void *data;
};

/**
 * vfg_log_session_open - begin, or go on where an earlier process stopped
 *
 * Return: 0; -ENOENT where it is not loaded here, -EBUSY where another process keeps its log,
 * or -errno.
 */
int vfg_log_session_open(const char *master, const struct vfg_log_session_how *how,
			 struct vfg_log_session **ret_session);
void vfg_log_session_close(struct vfg_log_session *session);

/**
 * vfg_log_session_look - what has happened since the last look becomes records that wait
 * @clock: of log_clock.h
 *
 * Return: 0, -ENOENT where it is loaded no longer, or -errno.
 */
int vfg_log_session_look(struct vfg_log_session *session, int clock, uint32_t continue_s);

/**
 * vfg_log_session_list - what is known now, as records: every live flow as C with all that it has
 * carried, and denied packets of the past that are still in the rings
 */
int vfg_log_session_list(struct vfg_log_session *session, int clock);

/* The first @count of the records that wait have been written. */
void vfg_log_session_written(struct vfg_log_session *session, size_t count);

/* Records that could not be written, after all. */
void vfg_log_session_lose(struct vfg_log_session *session, uint64_t records);

#endif
