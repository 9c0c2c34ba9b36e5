/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet costs while `vfguard log --follow --interval 1` keeps a flow log of the same maps,
 * in turn with what it costs without.
 */
#include "group.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../loader/state.h"
#include "rig.h"
#include "trace.h"

enum {
	FLOWS = 65536,
	ROUNDS_MAX = 7,
	SAMPLE_MS = 1200, /* one look, at least */
	START_MS = 1500,  /* until it has looked once */
	LOOPBACK = 1,
};

/* The paths that a log has most to do with. */
static const struct {
	const char *name;
	enum feeder_way way;
	enum ruleset_path picked;
	int reason;
	uint8_t flags;
} paths[] = {
	{"xdp_established", FEEDER_XDP, RULESET_ESTABLISHED, VFG_REASON_FLOW, PACKET_ACK},
	{"xdp_denied", FEEDER_XDP, RULESET_DENIED, VFG_REASON_RULE_DENY, PACKET_SYN},
	{"tc_established", FEEDER_TC, RULESET_ESTABLISHED, VFG_REASON_FLOW, PACKET_ACK},
};

enum { PATHS = sizeof(paths) / sizeof(*paths) };

struct logged {
	struct rig rig;
	struct vfg_pins pins;
	char master[TRACE_NAME_MAX];
	char command[4096];
	struct feed_header *headers[PATHS];
	struct samples without[PATHS];
	struct samples with[PATHS];
};

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s failed: %d\n", what, err);
	abort();
}

/* As if a load had come to its end. */
static void pin(struct logged *logged)
{
	struct vfg_state state = {.ifindex = LOOPBACK, .flags = VFG_STATE_COMPLETE};

	trace_pin(&logged->rig.bench, &logged->pins);
	trace_name(logged->master, 0);
	snprintf(state.master, sizeof(state.master), "%s", logged->master);
	must(vfg_netns_self(&state.netns), "network namespace");
	must(vfg_state_create(&logged->pins, &state), "state");
}

static void set_up(const struct plan *plan, const struct ruleset *ruleset, struct logged *logged)
{
	uint32_t candidates = rig_candidates(FLOWS);
	struct vfg_tuple *tuples = calloc(candidates, sizeof(*tuples));

	must(!tuples, "memory");
	snprintf(logged->command, sizeof(logged->command), "%s/vfguard", plan->build);
	rig_open(&logged->rig, RIG_BUCKETS);
	rig_policy(&logged->rig, ruleset);
	for (int path = 0; path < PATHS; path++) {
		ruleset_pick(ruleset, VFG_IPV4, paths[path].picked, tuples, candidates);
		if (!path)
			rig_establish(&logged->rig, tuples, candidates, FLOWS);
		logged->headers[path] = rig_headers(tuples, FLOWS, paths[path].flags);
	}
	free(tuples);
	pin(logged);
}

static pid_t start_logger(const struct logged *logged)
{
	pid_t logger = fork();

	must(logger < 0, "fork");
	if (!logger) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
		    dup2(nowhere, STDERR_FILENO) < 0)
			_exit(127);
		execl(logged->command, "vfguard", "log", logged->master, "--follow", "--interval",
		      "1", "--format", "vnet", NULL);
		_exit(127);
	}
	usleep(START_MS * 1000);
	must(waitpid(logger, NULL, WNOHANG), "vfguard log");
	return logger;
}

static double measure(struct logged *logged, int path)
{
	double end = now_ms() + SAMPLE_MS, sum = 0;
	int laps = 0;

	feeder_load(&logged->rig.feeder, VFG_IPV4, logged->headers[path], FLOWS);
	do {
		sum += rig_measure(&logged->rig, paths[path].way, paths[path].reason, FLOWS);
		laps++;
	} while (now_ms() < end);
	return sum / laps;
}

static void measure_round(struct logged *logged)
{
	pid_t logger;

	for (int path = 0; path < PATHS; path++)
		samples_add(&logged->without[path], measure(logged, path));
	logger = start_logger(logged);
	for (int path = 0; path < PATHS; path++)
		samples_add(&logged->with[path], measure(logged, path));
	must(waitpid(logger, NULL, WNOHANG), "vfguard log");
	kill(logger, SIGTERM);
	waitpid(logger, NULL, 0);
}

static void report(const struct logged *logged, struct results *results)
{
	for (int path = 0; path < PATHS; path++) {
		struct row row = {
			.ns = samples_median(&logged->with[path]),
			.ratio = samples_ratio(&logged->with[path], &logged->without[path]),
			.unit = "the same without a log",
			.samples = logged->with[path].count,
		};

		snprintf(row.name, sizeof(row.name), "log/%s", paths[path].name);
		results_add(results, &row);
	}
}

void group_log(const struct plan *plan, struct results *results)
{
	struct logged *logged = calloc(1, sizeof(*logged));
	uint32_t rounds = plan->rounds < ROUNDS_MAX ? plan->rounds : ROUNDS_MAX;
	struct ruleset ruleset = ruleset_usual(2 * RULESET_RULES, 0);

	must(!logged, "memory");
	results_group(results, "log", "a packet while a flow log is kept, looking once a second");
	set_up(plan, &ruleset, logged);
	for (uint32_t round = 0; round < rounds; round++)
		measure_round(logged);
	report(logged, results);
	results_plot(results, "log", "ns a packet, feeder included; above: ratio to without a log");
	must(vfg_pins_remove(&logged->pins), "pins");
	vfg_pins_close(&logged->pins);
	for (int path = 0; path < PATHS; path++)
		free(logged->headers[path]);
	rig_close(&logged->rig);
	ruleset_free(&ruleset);
	free(logged);
}
