/* SPDX-License-Identifier: GPL-2.0-only */
/* All the flow log files of a guest as one log, by the tests' own reader. */
#ifndef VFG_SELFTESTS_LIVE_FLOWLOGS_H
#define VFG_SELFTESTS_LIVE_FLOWLOGS_H

#include "../flowlog.h"
#include "guest.h"
#include "service.h"

struct vfg_flowlogs {
	struct vfg_flowlog log;
	size_t files;
};

/* Read every PT1H.json below guest->folder/logs. Fails the test where one cannot be read. */
void vfg_flowlogs_read(const struct vfg_guest *guest, struct vfg_flowlogs *logs);
void vfg_flowlogs_free(struct vfg_flowlogs *logs);

/* What to look for; 0 and NULL go with anything. */
struct vfg_flowlogs_query {
	char state;
	unsigned int protocol;
	unsigned int source_port, destination_port;
	const char *rule;
};

/* Sums over the tuples that the query goes with. */
struct vfg_flowlogs_sum {
	uint64_t tuples;
	uint64_t packets[2];
	uint64_t bytes[2];
};

struct vfg_flowlogs_sum vfg_flowlogs_find(const struct vfg_flowlogs *logs,
					  const struct vfg_flowlogs_query *query);

/**
 * vfg_flowlogs_await - read again until so many tuples go with the query, for half a minute
 */
bool vfg_flowlogs_await(const struct vfg_guest *guest, struct vfg_flowlogs *logs,
			const struct vfg_flowlogs_query *query, uint64_t tuples);

/* Wait until the records of the port have as many packets of one byte by UDP, and no more. */
void vfg_flowlogs_await_packets(const struct vfg_guest *guest, struct vfg_flowlogs *logs,
				uint16_t port, uint64_t packets);

/* Has a writer begun, now or before? */
bool vfg_flowlogs_are_kept(const struct vfg_guest *guest);

/**
 * vfg_flowlogs_start - start the daemon, to write below guest->folder/logs once a second
 * @settings: more of [daemon]
 *
 * Returns when it has looked for the first time.
 */
void vfg_flowlogs_start(struct vfg_service_run *run, struct vfg_guest *guest, const char *settings);

/* A number of MASTER.summary.json; of a rule where one is named. -1 where there is none. */
int64_t vfg_flowlogs_summary(const struct vfg_guest *guest, const char *rule, const char *member);

#endif
