/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the size of a policy costs a packet: a denied one, IPv4 at XDP, 1,024 flows. All policies
 * take turns in the same programs. Nothing is recalled (maps/decision.h): each packet is
 * classified.
 */
#include "group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

enum {
	FLOWS = 1024,
	PACKETS = 32768,
	PASSES = 3,
};

/* Rows in the order of the table; each is compared with a row before it or itself. */
struct size_row {
	const char *name;
	const char *base;
	size_t rules;	 /* of both NSGs; 0: the adverse policy */
	size_t prefixes; /* 0: the real tags */
};

static const struct size_row rows[] = {
	{"rules/1", "rules/10", 1, 0},
	{"rules/10", "rules/10", 10, 0},
	{"rules/100", "rules/10", 100, 0},
	{"rules/300", "rules/10", 300, 0},
	{"rules/1000", "rules/10", 1000, 0},
	{"rules/2000", "rules/10", 2000, 0},
	{"prefixes/10", "prefixes/1k", 2000, 10},
	{"prefixes/1k", "prefixes/1k", 2000, 1000},
	{"prefixes/10k", "prefixes/1k", 2000, 10000},
	{"prefixes/60k", "prefixes/1k", 2000, 60000},
	{"adversarial", "rules/2000", 0, 0},
};

enum {
	ROWS = sizeof(rows) / sizeof(*rows),
};

struct subject {
	struct ruleset ruleset;
	struct feed_header *headers;
	struct samples samples;
};

static void prepare(const struct size_row *row, struct subject *subject)
{
	struct vfg_tuple tuples[FLOWS];

	if (row->rules)
		subject->ruleset = ruleset_usual(row->rules, row->prefixes);
	else
		subject->ruleset = ruleset_adverse();
	ruleset_pick(&subject->ruleset, VFG_IPV4, RULESET_DENIED, tuples, FLOWS);
	subject->headers = rig_headers(tuples, FLOWS, PACKET_SYN);
}

/* No decision is of this generation. */
static void recall_nothing(struct rig *rig)
{
	struct vfg_control control;

	bench_get_control(&rig->bench, &control);
	control.decided_by = 0;
	bench_set_control(&rig->bench, &control);
}

static void measure(struct rig *rig, struct subject *subject)
{
	double best = 0, ns;

	rig_policy(rig, &subject->ruleset);
	recall_nothing(rig);
	feeder_load(&rig->feeder, VFG_IPV4, subject->headers, FLOWS);
	rig_measure(rig, FEEDER_XDP, VFG_REASON_RULE_DENY, PACKETS);
	for (int pass = 0; pass < PASSES; pass++) {
		ns = rig_measure(rig, FEEDER_XDP, VFG_REASON_RULE_DENY, PACKETS);
		if (!pass || ns < best)
			best = ns;
	}
	samples_add(&subject->samples, best);
}

static const struct samples *base_of(const struct size_row *row, const struct subject *subjects)
{
	for (int i = 0; i < ROWS; i++)
		if (!strcmp(row->base, rows[i].name))
			return &subjects[i].samples;
	abort();
}

static void report(const struct subject *subjects, struct results *results)
{
	for (int i = 0; i < ROWS; i++) {
		const struct subject *subject = &subjects[i];
		struct row row = {
			.ns = samples_median(&subject->samples),
			.ratio = samples_ratio(&subject->samples, base_of(&rows[i], subjects)),
			.unit = rows[i].base,
			.samples = subject->samples.count,
			.extra = {{"policy_bytes", (double)subject->ruleset.image_bytes}},
		};

		snprintf(row.name, sizeof(row.name), "%s", rows[i].name);
		results_add(results, &row);
	}
}

void group_rules(const struct plan *plan, struct results *results)
{
	struct subject *subjects = calloc(ROWS, sizeof(*subjects));
	struct rig rig;

	if (!subjects)
		abort();
	results_group(results, "rules",
		      "a denied packet (v4/xdp, 1k flows), by size of the policy");
	rig_open(&rig, RIG_BUCKETS);
	for (int i = 0; i < ROWS; i++)
		prepare(&rows[i], &subjects[i]);
	for (uint32_t round = 0; round < plan->rounds; round++)
		for (int i = 0; i < ROWS; i++)
			measure(&rig, &subjects[i]);
	report(subjects, results);
	results_plot(results, "rules", "ns a denied packet, feeder included");
	for (int i = 0; i < ROWS; i++) {
		ruleset_free(&subjects[i].ruleset);
		free(subjects[i].headers);
	}
	free(subjects);
	rig_close(&rig);
}
