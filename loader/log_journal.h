/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records to the journal, with a field for each thing that one may look for. libsystemd waits for
 * as long as the journal does not read; here the wait is bounded, since files and other masters
 * wait behind it.
 */
#ifndef VFG_LOADER_LOG_JOURNAL_H
#define VFG_LOADER_LOG_JOURNAL_H

#include "log_format.h"

struct vfg_log_journal {
	int fd; /* or -errno, which every record gets then */
	int64_t until_ms;
};

/* For one round of records, which may wait for half a second in all. */
void vfg_log_journal_open(struct vfg_log_journal *ret_journal);
void vfg_log_journal_close(struct vfg_log_journal *journal);
#define autojournal __attribute__((cleanup(vfg_log_journal_close)))

/* Return: 0 or -errno; no journal is -ENOENT, one that does not read is -EAGAIN. */
int vfg_log_journal_send(const struct vfg_log_journal *journal, const struct vfg_log_batch *batch,
			 const struct vfg_log_record *record);

/* Denied packets that are no records of their own. */
int vfg_log_journal_more(const struct vfg_log_journal *journal, const struct vfg_log_batch *batch,
			 uint32_t rule, uint64_t packets);

#endif
