/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs as a user has them (selftests/bpf/prog_run.h, with the loader's control entry),
 * the feeders, and flows: opened by real segments. Every measured packet is checked to have taken
 * the path that its row names; one that has not aborts the bench.
 */
#ifndef VFG_SELFTESTS_BENCH_RIG_H
#define VFG_SELFTESTS_BENCH_RIG_H

#include "../bpf/prog_run.h"
#include "feeder.h"
#include "ruleset.h"

enum {
	RIG_BUCKETS = VFG_FLOW_BUCKETS_DEFAULT,
	RIG_FLOOR = -1, /* in place of a reason */
};

struct rig {
	struct bench bench;
	struct feeder feeder;
};

/* @buckets: of each flow table; the floor's tables have as much room */
void rig_open(struct rig *rig, uint32_t buckets);
void rig_close(struct rig *rig);

void rig_policy(struct rig *rig, const struct ruleset *ruleset);

/* More than `wanted`, so that as many find room though some find both their buckets full. */
static inline uint32_t rig_candidates(uint32_t wanted)
{
	return wanted + wanted / 64;
}

/**
 * rig_establish - put flows into the table by SYN, SYN+ACK and ACK, and into the floor's
 * @tuples: rig_candidates(wanted) of them; the first `wanted` have a flow afterwards
 */
void rig_establish(struct rig *rig, struct vfg_tuple *tuples, uint32_t count, uint32_t wanted);

/* One header a tuple. @flags: of TCP */
struct feed_header *rig_headers(const struct vfg_tuple *tuples, uint32_t count, uint8_t flags);

/* Another order, the same every time. */
void rig_shuffle(struct vfg_tuple *tuples, uint32_t count);

/**
 * rig_measure - feed packets to a program, or to the floor
 * @reason: why each of them has to be let through or dropped, or RIG_FLOOR
 *
 * Return: nanoseconds a packet, feeder included.
 */
double rig_measure(struct rig *rig, enum feeder_way way, int reason, uint32_t packets);

#endif
