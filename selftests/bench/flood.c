/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods. The flood comes from the network's own addresses, which one default rule allows, the
 * established flows from elsewhere, so that rule counters tell them apart.
 */
#include "flood.h"

#include <arpa/inet.h>
#include <linux/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 65536,
	FIRST_PORT = 1024,
	SERVICE = 50000,
};

/* What one thread does. */
struct runner {
	struct flood_site *site;
	unsigned int lane;
	int cpu;
	uint32_t packets;
	struct samples ns;
	pthread_t thread;
};

/* Counters before and after. */
struct tally {
	uint64_t allowed;
	uint64_t flow;
	uint64_t full;
	uint64_t established_packets;
	uint64_t established_hits;
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

unsigned int flood_cores(void)
{
	cpu_set_t set;

	must(!sched_getaffinity(0, sizeof(set), &set), "affinity");
	return CPU_COUNT(&set) < FLOOD_LANES_MAX ? 1 : FLOOD_LANES_MAX;
}

static int nth_cpu(unsigned int n)
{
	cpu_set_t set;

	must(!sched_getaffinity(0, sizeof(set), &set), "affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && !n--)
			return cpu;
	abort();
}

void flood_open(struct flood_site *site, uint32_t established)
{
	*site = (struct flood_site){.count = established};
	site->ruleset = ruleset_usual(2 * RULESET_RULES, 0);
	rig_open(&site->rig, RIG_BUCKETS);
	rig_policy(&site->rig, &site->ruleset);
}

void flood_close(struct flood_site *site)
{
	rig_close(&site->rig);
	ruleset_free(&site->ruleset);
	free(site->established);
}

/* An empty table, and then the established flows. */
static void begin(struct flood_site *site)
{
	uint32_t candidates = rig_candidates(site->count);
	struct vfg_tuple *tuples = calloc(candidates, sizeof(*tuples));

	must(tuples, "memory");
	bench_clear_flows(&site->rig.bench);
	ruleset_pick(&site->ruleset, VFG_IPV4, RULESET_ESTABLISHED, tuples, candidates);
	rig_establish(&site->rig, tuples, candidates, site->count);
	rig_shuffle(tuples, site->count);
	free(site->established);
	site->established = rig_headers(tuples, site->count, PACKET_ACK);
	free(tuples);
}

static struct vfg_tuple template_of(enum flood_kind kind)
{
	struct vfg_tuple tuple = {
		.direction = VFG_INBOUND,
		.family = VFG_IPV4,
		.protocol = kind == FLOOD_UDP ? IPPROTO_UDP : IPPROTO_TCP,
		.local_port = SERVICE,
		.remote_port = FIRST_PORT,
		.local = {10, 0, 0, 4},
		.remote = {10, 0, 0, 0},
	};

	return tuple;
}

static struct tally take_tally(struct flood_site *site, uint32_t flood_rule)
{
	struct bench *bench = &site->rig.bench;
	struct tally tally = {
		.allowed = bench_reason(bench, VFG_HOOK_TC_INGRESS, VFG_REASON_RULE_ALLOW).packets,
		.flow = bench_reason(bench, VFG_HOOK_TC_INGRESS, VFG_REASON_FLOW).packets,
		.full = bench_reason(bench, VFG_HOOK_TC_INGRESS, VFG_REASON_FLOW_FULL).packets,
	};

	for (uint32_t id = 0; id < site->ruleset.tables.policy->words * 64; id++) {
		struct vfg_rule_count count;

		if (id == flood_rule)
			continue;
		count = bench_rule(bench, id);
		tally.established_packets += count.packets;
		tally.established_hits += count.hits;
	}
	return tally;
}

static void *run_lane(void *context)
{
	struct runner *runner = context;
	uint32_t left = runner->packets;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(runner->cpu, &set);
	must(!pthread_setaffinity_np(pthread_self(), sizeof(set), &set), "affinity");
	while (left) {
		uint32_t chunk = left < CHUNK ? left : CHUNK;

		samples_add(&runner->ns, feeder_run(&runner->site->rig.feeder, FEEDER_FLOOD,
						    runner->lane, chunk));
		left -= chunk;
	}
	return NULL;
}

/* Return: packets of established flows that were sent. */
static uint64_t send_flood(struct flood_site *site, const struct flood *flood,
			   struct flood_result *result)
{
	struct runner runner[FLOOD_LANES_MAX];
	struct vfg_tuple tuple = template_of(flood->kind);
	uint32_t packets = flood->flows / flood->cores * (flood->kind == FLOOD_TWO ? 2 : 1);
	uint64_t shared = 0;

	feeder_load(&site->rig.feeder, VFG_IPV4, site->established, site->count);
	feeder_aim(&site->rig.feeder, FEEDER_FLOOD,
		   bench_program_fd(&site->rig.bench, BENCH_INGRESS));
	for (unsigned int i = 0; i < flood->cores; i++) {
		struct feed_lane *lane = feeder_lane(&site->rig.feeder, i);
		uint32_t more = flood->share ? packets / (flood->share - 1) : 0;

		lane->next = site->count / flood->cores * i;
		lane->share = flood->share;
		lane->packets = flood->kind == FLOOD_TWO ? 2 : 1;
		lane->port = htons((uint16_t)(FIRST_PORT + i));
		lane->flood = feeder_header(&tuple, PACKET_SYN);
		runner[i] = (struct runner){site, i, nth_cpu(i), packets + more};
		shared += flood->share ? (packets + more) / flood->share : 0;
		result->packets += packets + more;
		must(!pthread_create(&runner[i].thread, NULL, run_lane, &runner[i]), "thread");
	}
	for (unsigned int i = 0; i < flood->cores; i++) {
		pthread_join(runner[i].thread, NULL);
		for (uint32_t j = 0; j < runner[i].ns.count; j++)
			samples_add(&result->ns, runner[i].ns.value[j]);
	}
	result->packets -= shared;
	return shared;
}

/* XDP is asked: it opens no flow. Return: established flows that are gone. */
static uint64_t count_gone(struct flood_site *site)
{
	struct bench *bench = &site->rig.bench;
	uint64_t before = bench_reason(bench, VFG_HOOK_XDP, VFG_REASON_FLOW).packets;

	feeder_load(&site->rig.feeder, VFG_IPV4, site->established, site->count);
	feeder_aim(&site->rig.feeder, FEEDER_XDP, bench_program_fd(bench, BENCH_XDP));
	feeder_run(&site->rig.feeder, FEEDER_XDP, 0, site->count);
	return site->count - (bench_reason(bench, VFG_HOOK_XDP, VFG_REASON_FLOW).packets - before);
}

struct flood_result flood_run(struct flood_site *site, const struct flood *flood)
{
	struct vfg_tuple tuple = template_of(flood->kind);
	uint32_t rule = vfg_tables_judge(&site->ruleset.tables, &tuple).number;
	struct flood_result result = {};
	struct tally before, after;
	uint64_t shared, passed, reopened;

	begin(site);
	before = take_tally(site, rule);
	shared = send_flood(site, flood, &result);
	after = take_tally(site, rule);
	passed = after.established_packets - before.established_packets;
	reopened = after.established_hits - before.established_hits;
	result.entered = after.allowed - before.allowed - reopened;
	result.refused = after.full - before.full;
	result.unaccounted = result.packets + shared - (after.allowed - before.allowed) -
			     (after.flow - before.flow) - result.refused;
	result.lost = shared - passed + reopened + count_gone(site);
	result.live = bench_flows(&site->rig.bench);
	return result;
}
