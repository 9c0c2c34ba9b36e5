/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another policy put in force by the loader's own rooms, while a thread runs packets through the
 * program: how long it takes from call to effect, and what becomes of packets that both policies
 * allow.
 */
#include "group.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "../../loader/pin.h"
#include "../../loader/publish.h"
#include "rig.h"
#include "trace.h"

/* One packet a call: a test run of many is one long use of the policy, which the kernel would wait
 * for, and XDP's begins with a wait of its own (its dispatcher is rewritten). */
enum {
	BATCH = 16,
	BATCHES = 64,
	POLICIES = 2,
	PAUSE_US = 20000,
};

struct stage {
	struct rig rig;
	struct ruleset ruleset[POLICIES];
	struct vfg_pins pins;
	atomic_bool stop;
	uint64_t batches;
	uint64_t marks_passed;
	/* what the thread saw: the policy in force, and since when */
	atomic_int policy;
	_Atomic double since_ns;
};

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s failed: %d\n", what, err);
	abort();
}

static bool allows(const struct stage *stage, int policy, const struct vfg_tuple *tuple)
{
	return vfg_tables_judge(&stage->ruleset[policy].tables, tuple).allow;
}

/* A packet that the first policy allows: that the second does too, or that it denies. */
static struct vfg_tuple find(const struct stage *stage, struct vfg_tuple **pool, bool both)
{
	while (allows(stage, 1, *pool) != both)
		++*pool;
	return *(*pool)++;
}

/* The last packet of each batch is the mark: it tells which policy is in force. */
static void load_headers(struct stage *stage)
{
	enum { COUNT = BATCH * BATCHES, POOL = 65536 };
	struct vfg_tuple *pool = calloc(POOL, sizeof(*pool)), *marks = pool, *others = pool;
	struct vfg_tuple tuples[COUNT];
	struct feed_header *headers;

	must(!pool, "memory");
	ruleset_pick(&stage->ruleset[0], VFG_IPV4, RULESET_ESTABLISHED, pool, POOL);
	for (uint32_t i = 0; i < COUNT; i++)
		tuples[i] = i % BATCH == BATCH - 1 ? find(stage, &marks, false)
						   : find(stage, &others, true);
	headers = rig_headers(tuples, COUNT, PACKET_SYN);
	feeder_load(&stage->rig.feeder, VFG_IPV4, headers, COUNT);
	free(headers);
	free(pool);
}

static void *send_packets(void *context)
{
	struct stage *stage = context;
	bool passed;

	while (!stage->stop) {
		for (int i = 0; i < BATCH; i++)
			feeder_run(&stage->rig.feeder, FEEDER_XDP, 0, 1);
		passed = stage->rig.feeder.action == XDP_PASS;
		stage->batches++;
		stage->marks_passed += passed;
		if (stage->policy == (passed ? 0 : 1))
			continue;
		stage->since_ns = now_ns();
		stage->policy = passed ? 0 : 1;
	}
	return NULL;
}

struct swap {
	struct samples effect; /* until packets are judged by the new policy */
	struct samples end;    /* until the loader knows that none is judged by the old one */
};

/* From an image in memory, as apply has it once it has read the file. */
static void publish(struct stage *stage, int policy, struct swap *swap)
{
	const struct ruleset *ruleset = &stage->ruleset[policy];
	struct vfg_diag diag = {.arena = ruleset->arena};
	struct vfg_tables tables;
	double start = now_ns(), end;
	uint32_t generation;

	must(vfg_image_open(ruleset->image, ruleset->image_bytes, &diag, &tables), "image");
	must(vfg_publish(&stage->pins, "bench", &tables, false, &generation), "publish");
	end = now_ns();
	while (stage->policy != policy)
		usleep(100);
	samples_add(&swap->effect, stage->since_ns - start);
	samples_add(&swap->end, end - start);
}

static void measure(const struct plan *plan, struct stage *stage, struct swap *swap)
{
	pthread_t thread;

	feeder_aim(&stage->rig.feeder, FEEDER_XDP, bench_program_fd(&stage->rig.bench, BENCH_XDP));
	stage->policy = 1;
	must(pthread_create(&thread, NULL, send_packets, stage), "thread");
	for (uint32_t i = 0; i < plan->rounds; i++) {
		usleep(PAUSE_US);
		publish(stage, (int)i % POLICIES, swap);
	}
	stage->stop = true;
	pthread_join(thread, NULL);
}

static void report(struct stage *stage, const struct swap *swap, struct results *results)
{
	uint64_t allowed =
		bench_reason(&stage->rig.bench, VFG_HOOK_XDP, VFG_REASON_RULE_ALLOW).packets;
	uint64_t sent = stage->batches * (BATCH - 1);
	double lost = (double)sent - (double)(allowed - stage->marks_passed);
	double bytes = (double)stage->ruleset[0].tables.bytes;
	struct row row = {
		.name = "swap",
		.ns = samples_median(&swap->effect),
		.samples = swap->effect.count,
		.unit = "",
		.extra = {{"returned_ns", samples_median(&swap->end)},
			  {"packets", (double)sent},
			  {"lost", lost}},
	};
	struct row memory = {
		.name = "policy_memory",
		.samples = 1,
		.extra = {{"bytes", bytes}, {"mib", bytes / (1 << 20)}},
	};

	results_add(results, &row);
	results_add(results, &memory);
}

void group_swap(const struct plan *plan, struct results *results)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct swap swap = {};

	if (!stage)
		abort();
	results_group(results, "swap", "another large policy put in force, packets running");
	rig_open(&stage->rig, RIG_BUCKETS);
	stage->ruleset[0] = ruleset_usual(2 * RULESET_RULES, 0);
	stage->ruleset[1] = ruleset_usual(2 * RULESET_RULES - 100, 0);
	trace_pin(&stage->rig.bench, &stage->pins);
	load_headers(stage);
	bench_policy(&stage->rig.bench, &stage->ruleset[1].tables);
	measure(plan, stage, &swap);
	report(stage, &swap, results);
	results_plot(results, "swap", "ns from call to effect");
	must(vfg_pins_remove(&stage->pins), "pins");
	vfg_pins_close(&stage->pins);
	rig_close(&stage->rig);
	for (int i = 0; i < POLICIES; i++)
		ruleset_free(&stage->ruleset[i]);
	free(stage);
}
