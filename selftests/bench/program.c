/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one packet costs in the programs, by family, hook, path and number of flows, in turn with
 * the floor: parse, one hit in a hash map of the kernel, one counter.
 */
#include "group.h"

#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

enum path {
	PATH_FLOOR,
	PATH_ESTABLISHED,
	PATH_DENIED,
	PATH_NEW,
	PATHS,
};

enum {
	HOOKS = 2, /* enum feeder_way: XDP, TC */
	PACKETS_MIN = 16384,
	PASSES = 3,
	WARM_MAX = 65536,
};

static const struct {
	const char *name;
	int reason;
	enum ruleset_path picked;
	uint8_t flags;
} paths[PATHS] = {
	[PATH_FLOOR] = {"floor", RIG_FLOOR, RULESET_ESTABLISHED, PACKET_ACK},
	[PATH_ESTABLISHED] = {"established", VFG_REASON_FLOW, RULESET_ESTABLISHED, PACKET_ACK},
	[PATH_DENIED] = {"denied", VFG_REASON_RULE_DENY, RULESET_DENIED, PACKET_SYN},
	[PATH_NEW] = {"new", VFG_REASON_RULE_ALLOW, RULESET_NEW, PACKET_SYN},
};

/* A full table is no table to measure on: the largest number has one of twice its size. */
static const struct {
	const char *name;
	uint32_t flows;
	uint32_t buckets;
} sizes[] = {
	{"64", 64, RIG_BUCKETS},
	{"1k", 1024, RIG_BUCKETS},
	{"64k", 65536, RIG_BUCKETS},
	{"512k", 524288, 2 * RIG_BUCKETS},
};

static const char *const families[] = {"v4", "v6"};
static const char *const hooks[] = {"xdp", "tc"};

/* The measurements of one number of flows. */
struct lot {
	struct rig rig;
	uint32_t flows;
	uint32_t lap; /* the next that no flow was opened in; 0 is XDP's */
	struct feed_header *headers[VFG_FAMILY_MAX][PATHS];
	struct samples samples[VFG_FAMILY_MAX][HOOKS][PATHS];
};

static void prepare(struct lot *lot, const struct ruleset *ruleset)
{
	uint32_t candidates = rig_candidates(lot->flows);
	struct vfg_tuple *tuples = calloc(candidates, sizeof(*tuples));

	if (!tuples)
		abort();
	rig_policy(&lot->rig, ruleset);
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (int path = PATH_ESTABLISHED; path < PATHS; path++) {
			ruleset_pick(ruleset, family, paths[path].picked, tuples, candidates);
			if (path == PATH_ESTABLISHED)
				rig_establish(&lot->rig, tuples, candidates, lot->flows);
			rig_shuffle(tuples, lot->flows);
			lot->headers[family][path] =
				rig_headers(tuples, lot->flows, paths[path].flags);
		}
		lot->headers[family][PATH_FLOOR] = lot->headers[family][PATH_ESTABLISHED];
	}
	free(tuples);
}

static void release(struct lot *lot)
{
	rig_close(&lot->rig);
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		for (int path = PATH_ESTABLISHED; path < PATHS; path++)
			free(lot->headers[family][path]);
}

/* The fastest of some passes, after one that warms up: what is noise only adds. */
static double measure(struct lot *lot, int family, enum feeder_way way, enum path path)
{
	uint32_t packets = lot->flows < PACKETS_MIN ? PACKETS_MIN : lot->flows;
	uint32_t warm = packets < WARM_MAX ? packets : WARM_MAX;
	int passes = packets > WARM_MAX ? 1 : PASSES;
	struct feed_lane *lane = feeder_lane(&lot->rig.feeder, 0);
	double best = 0, ns;

	feeder_load(&lot->rig.feeder, family, lot->headers[family][path], lot->flows);
	lane->fresh = path == PATH_NEW && way == FEEDER_TC; /* XDP opens no flow */
	lane->lap = lot->lap;
	rig_measure(&lot->rig, way, paths[path].reason, warm);
	for (int pass = 0; pass < passes; pass++) {
		ns = rig_measure(&lot->rig, way, paths[path].reason, packets);
		if (!pass || ns < best)
			best = ns;
	}
	if (lane->fresh)
		lot->lap = lane->lap + 1;
	return best;
}

static void measure_round(struct lot *lot)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		for (int way = 0; way < HOOKS; way++)
			for (int path = 0; path < PATHS; path++)
				samples_add(&lot->samples[family][way][path],
					    measure(lot, family, way, path));
}

static void report(const struct lot *lot, const char *size, struct results *results)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (int way = 0; way < HOOKS; way++) {
			const struct samples *samples = lot->samples[family][way];

			for (int path = 0; path < PATHS; path++) {
				struct row row = {
					.ns = samples_median(&samples[path]),
					.ratio =
						samples_ratio(&samples[path], &samples[PATH_FLOOR]),
					.unit = "floor",
					.samples = samples[path].count,
				};

				snprintf(row.name, sizeof(row.name), "%s/%s/%s/%s",
					 families[family], hooks[way], paths[path].name, size);
				results_add(results, &row);
			}
		}
	}
}

void group_program(const struct plan *plan, struct results *results)
{
	struct ruleset ruleset = ruleset_usual(2 * RULESET_RULES, 0);

	results_group(results, "program", "a packet in the program, by BPF_PROG_TEST_RUN");
	printf("  two NSGs of %d rules, %s service tags, %.1f MB of policy\n", RULESET_RULES,
	       ruleset.real_tags ? "all real" : "generated", (double)ruleset.image_bytes / 1e6);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct lot *lot = calloc(1, sizeof(*lot));

		if (!lot)
			abort();
		lot->flows = sizes[i].flows;
		lot->lap = 1;
		rig_open(&lot->rig, sizes[i].buckets);
		prepare(lot, &ruleset);
		for (uint32_t round = 0; round < plan->rounds; round++)
			measure_round(lot);
		report(lot, sizes[i].name, results);
		release(lot);
		free(lot);
	}
	results_plot(results, "program", "ns a packet, feeder included; above: ratio to the floor");
	ruleset_free(&ruleset);
}
