/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer of a master's flow log remembers, in /run/vfguard/<master>.flowlog, so that it
 * outlives the writer: it lives as long as the machine is up, as the flows do. And what was not
 * logged, for whoever asks.
 */
#ifndef VFG_LOADER_LOG_LEDGER_H
#define VFG_LOADER_LOG_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "../maps/control.h"
#include "log_event.h"
#include "log_track.h"

/* Since the master was loaded. */
struct vfg_log_losses {
	uint64_t records;     /* written */
	uint64_t lost;	      /* records that could not be written, or kept until they could */
	uint64_t pending;     /* records that are not written yet */
	uint64_t more;	      /* denied packets that are no records of their own (sampling) */
	uint64_t overwritten; /* of `more`: told by the programs, and not read in time */
	struct vfg_log_missed missed;
	uint64_t written_ms; /* when records were last written, since 1970; 0 never */
	uint64_t failures;   /* of writing, one after the other; 0: the last went well */
	int32_t error;	     /* -errno of the last failure */
	uint32_t pad0;
	uint64_t unjournaled; /* records that the journal did not take; files may have them */
};

struct vfg_log_ledger_head;

/* Where flow[] of one family is in the file, and how much of it there is memory for. */
struct vfg_log_room {
	int fd;
	size_t at_bytes;
	uint32_t slots;
	uint32_t *flows;
};

/* Not to be moved once it is open. */
struct vfg_log_ledger {
	int fd; /* -1: in memory only */
	void *base;
	size_t bytes;
	struct vfg_log_ledger_head *head;
	struct vfg_log_losses *losses;
	uint64_t *next;		       /* of vfg_log_events */
	struct vfg_log_denied *denied; /* VFG_POLICY_RULES_MAX, by rule id */
	struct vfg_log_memory memory[VFG_FAMILY_MAX];
	struct vfg_log_room room[VFG_FAMILY_MAX];
	bool fresh; /* nothing was remembered */
};

/* What a ledger is for: one load of a master. */
struct vfg_log_ledger_of {
	const char *master;
	const struct vfg_control *control; /* its seed tells one load from another */
	uint32_t slots[VFG_FAMILY_MAX];	   /* of the flow tables */
	bool keep;			   /* in a file; else in memory, for one process */
};

/**
 * vfg_log_ledger_open - the ledger of a master, as it was left, or a fresh one
 *
 * Return: 0, -EBUSY where another process writes it, or -errno.
 */
int vfg_log_ledger_open(const struct vfg_log_ledger_of *of, struct vfg_log_ledger *ret_ledger);
void vfg_log_ledger_close(struct vfg_log_ledger *ledger);

/* Remove the file: the master is no longer loaded. */
void vfg_log_ledger_remove(const char *master);

/**
 * vfg_log_losses - what the daemon's flow log of a master has, and has not
 *
 * Return: 0, -ENOENT where none is written, or -errno.
 */
int vfg_log_losses(const char *master, struct vfg_log_losses *ret_losses);

#endif
