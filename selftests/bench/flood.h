/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flood of flows that nobody has seen before, through TC ingress, on a table that holds
 * established ones: what it costs, and whether any of those is lost.
 */
#ifndef VFG_SELFTESTS_BENCH_FLOOD_H
#define VFG_SELFTESTS_BENCH_FLOOD_H

#include "rig.h"
#include "row.h"

enum {
	FLOOD_LANES_MAX = FEED_LANES,
};

enum flood_kind {
	FLOOD_SYN, /* one packet a flow */
	FLOOD_TWO, /* SYN and ACK, as one who forges a handshake sends them */
	FLOOD_UDP,
	FLOOD_KINDS,
};

/* Where floods are run: the usual policy, the default table. */
struct flood_site {
	struct rig rig;
	struct ruleset ruleset;
	uint32_t count;
	struct feed_header *established; /* a packet of each */
};

struct flood {
	enum flood_kind kind;
	unsigned int cores; /* 1..FLOOD_LANES_MAX, a thread on each */
	uint32_t flows;	    /* of all cores together */
	uint32_t share;	    /* one packet of so many is an established flow's; 0: those are idle */
};

struct flood_result {
	struct samples ns;    /* a packet, feeder included, by chunks */
	uint64_t packets;     /* of the flood */
	uint64_t entered;     /* flows that found room */
	uint64_t refused;     /* packets of flows that did not, counted as such */
	uint64_t unaccounted; /* packets that no counter of theirs knows */
	uint64_t lost;	      /* established flows that are gone, and packets of theirs dropped */
	uint64_t live;	      /* flows in the table afterwards */
};

/* @established: flows; the site is ready for one flood after another */
void flood_open(struct flood_site *site, uint32_t established);
void flood_close(struct flood_site *site);

struct flood_result flood_run(struct flood_site *site, const struct flood *flood);

/* CPUs that this process may use, at most FLOOD_LANES_MAX. */
unsigned int flood_cores(void);

#endif
