/* SPDX-License-Identifier: GPL-2.0-only */
/* Records to the journal, with a field for each thing that one may look for. */
#ifndef VFG_LOADER_LOG_JOURNAL_H
#define VFG_LOADER_LOG_JOURNAL_H

#include "log_format.h"

/* Return: 0 or -errno; no journal is -ENOENT. */
int vfg_log_journal_send(const struct vfg_log_batch *batch, const struct vfg_log_record *record);

/* Denied packets that are no records of their own. */
int vfg_log_journal_more(const struct vfg_log_batch *batch, uint32_t rule, uint64_t packets);

#endif
