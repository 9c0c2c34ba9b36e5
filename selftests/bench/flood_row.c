/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods as rows: established flows idle in one run and with one packet of a hundred in another,
 * and how fast flows are made, in an empty table and in one where all have expired.
 */
#include "group.h"

#include <stdio.h>
#include <stdlib.h>

#include "flood.h"

enum {
	ESTABLISHED = 100000,
	SHARE = 100,
	FRESH_FLOWS = 262144,
	AGE_S = 300,
};

static const char *const kinds[FLOOD_KINDS] = {"syn", "two", "udp"};

static void add_all(struct samples *samples, const struct samples *more)
{
	for (uint32_t i = 0; i < more->count; i++)
		samples_add(samples, more->value[i]);
}

static void measure(const struct plan *plan, struct flood_site *site, enum flood_kind kind,
		    unsigned int cores, struct results *results)
{
	struct flood flood = {kind, cores, plan->flows, 0};
	struct flood_result idle = flood_run(site, &flood), shared;
	struct samples ns = {};
	struct row row = {.unit = "established flows idle", .samples = 1};

	flood.share = SHARE;
	shared = flood_run(site, &flood);
	add_all(&ns, &idle.ns);
	add_all(&ns, &shared.ns);
	row.ns = samples_median(&ns);
	row.ratio = samples_median(&shared.ns) / samples_median(&idle.ns);
	row.samples = ns.count;
	row.extra[0] = (struct row_extra){"lost", (double)(idle.lost + shared.lost)};
	row.extra[1] = (struct row_extra){"refused", (double)(idle.refused + shared.refused)};
	row.extra[2] = (struct row_extra){"packets", (double)(idle.packets + shared.packets)};
	row.extra[3] =
		(struct row_extra){"unaccounted", (double)(idle.unaccounted + shared.unaccounted)};
	snprintf(row.name, sizeof(row.name), "flood/%s/%u", kinds[kind], cores);
	results_add(results, &row);
}

static void measure_feeder(struct flood_site *site, struct results *results)
{
	struct row row = {.name = "flood/feeder", .unit = "", .samples = 1};
	struct vfg_tuple tuple = {.protocol = 6, .local = {10, 0, 0, 4}, .remote = {10}};
	struct feed_header header = feeder_header(&tuple, PACKET_SYN);

	feeder_load(&site->rig.feeder, VFG_IPV4, &header, 1);
	feeder_lane(&site->rig.feeder, 0)->packets = 1;
	feeder_lane(&site->rig.feeder, 0)->flood = header;
	feeder_aim(&site->rig.feeder, FEEDER_FLOOD, feeder_nothing_fd(&site->rig.feeder));
	row.ns = feeder_run(&site->rig.feeder, FEEDER_FLOOD, 0, FRESH_FLOWS);
	row.note = "what each packet of a flood costs without the program";
	results_add(results, &row);
}

static void add_rate(const char *name, const struct samples *ns, const struct samples *base,
		     struct results *results)
{
	struct row row = {
		.ns = samples_median(ns),
		.ratio = samples_ratio(ns, base),
		.unit = "flow/create",
		.samples = ns->count,
		.extra = {{"per_second", 1e9 / samples_median(ns)}},
	};

	snprintf(row.name, sizeof(row.name), "%s", name);
	results_add(results, &row);
}

/* Expiry has no sweep of its own: an expired flow makes room when another one claims its slot. */
static void measure_rates(const struct plan *plan, struct flood_site *site, struct results *results)
{
	struct samples create = {}, expire = {};
	struct vfg_tuple tuple = {.protocol = 6, .local = {10, 0, 0, 4}, .remote = {10}};
	struct feed_header header = feeder_header(&tuple, PACKET_SYN);
	struct vfg_control control;

	bench_get_control(&site->rig.bench, &control);
	feeder_load(&site->rig.feeder, VFG_IPV4, &header, 1);
	feeder_lane(&site->rig.feeder, 0)->packets = 1;
	feeder_lane(&site->rig.feeder, 0)->flood = header;
	feeder_aim(&site->rig.feeder, FEEDER_FLOOD,
		   bench_program_fd(&site->rig.bench, BENCH_INGRESS));
	for (uint32_t i = 0; i < plan->rounds; i++) {
		bench_clear_flows(&site->rig.bench);
		samples_add(&create, feeder_run(&site->rig.feeder, FEEDER_FLOOD, 0, FRESH_FLOWS));
		bench_age(&site->rig.bench, control.tick_hz * AGE_S);
		samples_add(&expire, feeder_run(&site->rig.feeder, FEEDER_FLOOD, 0, FRESH_FLOWS));
	}
	add_rate("flow/create", &create, &create, results);
	add_rate("flow/expire", &expire, &create, results);
}

void group_flood(const struct plan *plan, struct results *results)
{
	struct flood_site *site = calloc(1, sizeof(*site));

	if (!site)
		abort();
	results_group(results, "flood", "new flows against 100,000 established ones, TC ingress");
	flood_open(site, ESTABLISHED);
	measure_feeder(site, results);
	for (int kind = 0; kind < FLOOD_KINDS; kind++) {
		for (unsigned int cores = 1; cores <= FLOOD_LANES_MAX; cores++) {
			struct row row = {.note = "not measured: one CPU only"};

			if (cores <= flood_cores()) {
				measure(plan, site, (enum flood_kind)kind, cores, results);
				continue;
			}
			snprintf(row.name, sizeof(row.name), "flood/%s/%u", kinds[kind], cores);
			results_add(results, &row);
		}
	}
	measure_rates(plan, site, results);
	results_plot(results, "flood", "ns a packet, feeder included");
	flood_close(site);
	free(site);
}
