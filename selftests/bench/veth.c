/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real frames through a veth pair: what a packet costs the CPU, sender and receiver together, in
 * turn for all packet filters. The time is the thread's own, and that of the CPU's softirq thread
 * where the kernel has handed work to it.
 */
#include "group.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system.h"

enum veth_path {
	VETH_DROP,
	VETH_ESTABLISHED,
	VETH_DENIED,
	VETH_ALLOWED,
	VETH_PATHS,
};

enum {
	PACKETS = 16384,
	PACKETS_SLOW = 2048,
	WARM_SHARE = 8, /* one packet of so many goes before a sample */
	ROUNDS_MAX = 25,
	CANDIDATES = 4, /* random sources that are no unicast address are left out */
	SETTLE_US = 20000,
};

static const char *const names[] = {"drop", "established", "denied", "allowed"};

struct subject {
	struct link link;
	const char *note;
	bool ready;
	struct samples samples[VETH_PATHS];
	uint64_t wrong[VETH_PATHS]; /* packets that went the other way */
};

struct match {
	struct field field;
	struct feed_header *fresh; /* allowed, each for one packet */
	uint32_t fresh_next;
	int cpu;
	struct subject subject[SYSTEMS];
};

/* ---- packets ---- */

static bool is_unicast(const struct vfg_tuple *tuple)
{
	bool is_own = tuple->remote[0] == 10 && !tuple->remote[1] && !tuple->remote[2];

	return tuple->remote[0] && tuple->remote[0] != 127 && tuple->remote[0] < 224 && !is_own;
}

/* As ruleset_pick(), without sources that the stack would not route. */
static struct vfg_tuple *pick(const struct ruleset *ruleset, enum ruleset_path path, uint32_t count)
{
	struct vfg_tuple *tuples = calloc(count * CANDIDATES, sizeof(*tuples));
	uint32_t kept = 0;

	if (!tuples)
		abort();
	ruleset_pick(ruleset, VFG_IPV4, path, tuples, count * CANDIDATES);
	for (uint32_t i = 0; i < count * CANDIDATES; i++)
		if (is_unicast(&tuples[i]))
			tuples[kept++] = tuples[i];
	if (kept < count)
		abort();
	return tuples;
}

static void prepare_field(struct field *field, const struct results *results)
{
	uint32_t candidates = rig_candidates(SYSTEM_FLOWS);
	struct vfg_tuple *tuples;

	field->folder = results->folder;
	field->ruleset = ruleset_usual(2 * RULESET_RULES, 0);
	rig_open(&field->rig, RIG_BUCKETS);
	rig_policy(&field->rig, &field->ruleset);
	tuples = pick(&field->ruleset, RULESET_ESTABLISHED, candidates);
	rig_establish(&field->rig, tuples, candidates, SYSTEM_FLOWS);
	field->syn = rig_headers(tuples, SYSTEM_FLOWS, PACKET_SYN);
	field->established = rig_headers(tuples, SYSTEM_FLOWS, PACKET_ACK);
	field->syn_ack = calloc(SYSTEM_FLOWS, sizeof(*field->syn_ack));
	if (!field->syn_ack)
		abort();
	for (uint32_t i = 0; i < SYSTEM_FLOWS; i++)
		field->syn_ack[i] = feeder_answer(&tuples[i], PACKET_SYN | PACKET_ACK);
	free(tuples);
	tuples = pick(&field->ruleset, RULESET_DENIED, SYSTEM_FLOWS);
	field->denied = rig_headers(tuples, SYSTEM_FLOWS, PACKET_SYN);
	free(tuples);
}

/* ---- time ---- */

static double thread_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* What the kernel's softirq thread of a CPU has run, 0 where it cannot be told. */
static double softirq_ns(int cpu)
{
	static char path[64];
	unsigned long long ns = 0;
	char line[128];
	FILE *file;

	if (!*path) {
		snprintf(line, sizeof(line), "pgrep -x ksoftirqd/%d", cpu);
		file = popen(line, "r");
		if (file && fscanf(file, "%llu", &ns) == 1)
			snprintf(path, sizeof(path), "/proc/%llu/schedstat", ns);
		pclose(file);
		ns = 0;
	}
	file = *path ? fopen(path, "r") : NULL;
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	fclose(file);
	return (double)ns;
}

/* Return: the CPU that the thread stays on. */
static int pin_thread(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		abort();
	return cpu;
}

/* ---- a sample ---- */

static void load_path(struct match *match, enum veth_path path, bool is_filter)
{
	struct field *field = &match->field;
	uint32_t flows = is_filter ? SYSTEM_FILTER_ADDRESSES : SYSTEM_FLOWS;
	uint32_t fresh = PACKETS + PACKETS / WARM_SHARE;

	switch (path) {
	case VETH_DROP:
	case VETH_ESTABLISHED:
		feeder_load(&field->rig.feeder, VFG_IPV4, field->established, SYSTEM_FLOWS);
		return;
	case VETH_DENIED:
		feeder_load(&field->rig.feeder, VFG_IPV4, field->denied, flows);
		return;
	case VETH_ALLOWED:
		feeder_load(&field->rig.feeder, VFG_IPV4, match->fresh + match->fresh_next, fresh);
		return;
	case VETH_PATHS:
		break;
	}
	abort();
}

/* Frames that the filter let through. */
static uint64_t passed_by(struct match *match, const struct subject *subject)
{
	const struct system *system = &systems[subject - match->subject];

	if (!system->is_verdict)
		return link_passed(&subject->link);
	return bench_reason(&match->field.rig.bench, VFG_HOOK_XDP, VFG_REASON_FLOW).packets;
}

static double measure(struct match *match, struct subject *subject, enum veth_path path,
		      uint32_t packets)
{
	struct feeder *feeder = &match->field.rig.feeder;
	bool lets_through = path == VETH_ESTABLISHED || path == VETH_ALLOWED;
	uint64_t before, passed;
	double start, softirq;

	feeder_send(feeder, subject->link.ifindex, packets / WARM_SHARE);
	usleep(SETTLE_US);
	before = passed_by(match, subject);
	softirq = softirq_ns(match->cpu);
	start = thread_ns();
	feeder_send(feeder, subject->link.ifindex, packets);
	start = thread_ns() - start;
	usleep(SETTLE_US);
	softirq = softirq_ns(match->cpu) - softirq;
	passed = passed_by(match, subject) - before;
	subject->wrong[path] += lets_through ? packets - passed : passed;
	return (start + softirq) / packets;
}

static bool has_path(const struct system *system, enum veth_path path)
{
	switch (path) {
	case VETH_DROP:
		return system->drops;
	case VETH_ESTABLISHED:
		return system->establishes;
	case VETH_DENIED:
		return system->denies;
	case VETH_ALLOWED:
		return system->allows;
	case VETH_PATHS:
		break;
	}
	return false;
}

static void measure_round(struct match *match)
{
	for (int i = 0; i < SYSTEMS; i++) {
		struct subject *subject = &match->subject[i];

		for (int path = 0; path < VETH_PATHS && subject->ready; path++) {
			bool is_slow = systems[i].is_slow && path != VETH_ESTABLISHED;

			if (!has_path(&systems[i], path))
				continue;
			load_path(match, path, !strcmp(systems[i].name, "xdp_filter"));
			samples_add(
				&subject->samples[path],
				measure(match, subject, path, is_slow ? PACKETS_SLOW : PACKETS));
		}
	}
	match->fresh_next += PACKETS + PACKETS / WARM_SHARE;
}

/* ---- the group ---- */

static void make_connections(struct field *field, const struct link *link)
{
	const struct feed_header *segments[] = {field->syn, field->syn_ack, field->established};

	for (int i = 0; i < 3; i++) {
		feeder_load(&field->rig.feeder, VFG_IPV4, segments[i], SYSTEM_FLOWS);
		feeder_send(&field->rig.feeder, link->ifindex, SYSTEM_FLOWS);
		usleep(SETTLE_US);
	}
}

static void set_up(struct match *match, const struct results *results, uint32_t rounds)
{
	uint32_t fresh = (PACKETS + PACKETS / WARM_SHARE) * rounds;
	struct vfg_tuple *tuples;

	prepare_field(&match->field, results);
	tuples = pick(&match->field.ruleset, RULESET_NEW, fresh);
	match->fresh = rig_headers(tuples, fresh, PACKET_SYN);
	free(tuples);
	link_open_sender();
	for (int i = 0; i < SYSTEMS; i++) {
		struct subject *subject = &match->subject[i];

		link_open(&subject->link, (unsigned int)i);
		subject->ready = systems[i].set_up(&match->field, &subject->link, &subject->note);
		if (subject->ready && systems[i].has_connections)
			make_connections(&match->field, &subject->link);
	}
	match->cpu = pin_thread();
}

/* What vfguard took for the same path. */
static const struct samples *own_samples(const struct match *match, int path)
{
	for (int i = 0; i < SYSTEMS; i++)
		if (!strcmp(systems[i].name, "vfguard"))
			return &match->subject[i].samples[path];
	abort();
}

static void report(struct match *match, struct results *results)
{
	const struct samples *floor = &match->subject[0].samples[VETH_DROP];

	for (int i = 0; i < SYSTEMS; i++) {
		struct subject *subject = &match->subject[i];

		for (int path = 0; path < VETH_PATHS; path++) {
			const struct samples *samples = &subject->samples[path];
			struct row row = {
				.ns = samples_median(samples),
				.ratio = samples_ratio(samples, floor),
				.unit = "veth/xdp_drop/drop",
				.samples = samples->count,
				.note = subject->note,
				.extra = {{"wrong", (double)subject->wrong[path]}},
			};

			if (!has_path(&systems[i], path))
				continue;
			if (samples->count && own_samples(match, path)->count)
				row.extra[1] = (struct row_extra){
					"x_vfguard",
					samples_ratio(samples, own_samples(match, path))};
			snprintf(row.name, sizeof(row.name), "veth/%s/%s", systems[i].name,
				 names[path]);
			results_add(results, &row);
		}
	}
}

void group_veth(const struct plan *plan, struct results *results)
{
	struct match *match = calloc(1, sizeof(*match));
	uint32_t rounds = plan->rounds < ROUNDS_MAX ? plan->rounds : ROUNDS_MAX;
	cpu_set_t all;

	if (!match || sched_getaffinity(0, sizeof(all), &all))
		abort();
	results_group(results, "veth", "CPU time of a real frame, sender and receiver together");
	set_up(match, results, rounds);
	for (uint32_t round = 0; round < rounds; round++)
		measure_round(match);
	report(match, results);
	results_plot(results, "veth", "ns of CPU a frame; above: ratio to bare XDP_DROP");
	sched_setaffinity(0, sizeof(all), &all);
	link_close_all();
	system_release(&match->field);
	rig_close(&match->field.rig);
	ruleset_free(&match->field.ruleset);
	free(match->fresh);
	free(match);
}
