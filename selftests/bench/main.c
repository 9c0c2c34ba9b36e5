/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench: runs the groups that are asked for, and writes what they measured.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"
#include "trace.h"

static const struct {
	const char *name;
	void (*run)(const struct plan *plan, struct results *results);
} groups[] = {
	{"program", group_program}, {"rules", group_rules},	{"compile", group_compile},
	{"swap", group_swap},	    {"flood", group_flood},	{"veth", group_veth},
	{"log", group_log},	    {"latency", group_latency},
};

enum {
	GROUPS = sizeof(groups) / sizeof(*groups),
	ROUNDS = 15,
	FLOOD_FLOWS = 10 * 1000 * 1000,
};

static uint32_t setting(const char *name, uint32_t otherwise)
{
	const char *text = getenv(name);
	long value = text ? strtol(text, NULL, 10) : 0;

	return value > 0 ? (uint32_t)value : otherwise;
}

static bool is_asked(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

static bool is_group(const char *name)
{
	for (int i = 0; i < GROUPS; i++)
		if (!strcmp(groups[i].name, name))
			return true;
	return false;
}

static bool check_names(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (is_group(argv[i]))
			continue;
		fprintf(stderr, "bench: no group %s; there are:", argv[i]);
		for (int group = 0; group < GROUPS; group++)
			fprintf(stderr, " %s", groups[group].name);
		fputc('\n', stderr);
		return false;
	}
	return true;
}

static int measure(int argc, char **argv)
{
	const char *build = getenv("BUILD") ? getenv("BUILD") : "build";
	struct plan plan = {
		.rounds = setting("BENCH_ROUNDS", ROUNDS),
		.flows = setting("BENCH_FLOWS", FLOOD_FLOWS),
		.build = build,
	};
	struct results results = {};
	char folder[4096];

	if (plan.rounds > ROW_SAMPLES_MAX)
		plan.rounds = ROW_SAMPLES_MAX;
	snprintf(folder, sizeof(folder), "%s/bench", build);
	mkdir(folder, 0777);
	results.folder = folder;
	for (int i = 0; i < GROUPS; i++)
		if (is_asked(groups[i].name, argc, argv))
			groups[i].run(&plan, &results);
	if (results_write(&results))
		return 1;
	return fflush(stdout) ? 1 : 0;
}

static void go_on(int number)
{
	(void)number;
}

/* Groups are arguments; all, where there are none. The parent cleans up, also after Ctrl-C, which
 * ends the child. */
int main(int argc, char **argv)
{
	struct sigaction stay = {.sa_handler = go_on};
	int status = 1;
	pid_t child;

	if (!check_names(argc, argv))
		return 2;
	child = fork();
	if (!child)
		_exit(measure(argc, argv));
	if (child < 0)
		return 1;
	sigaction(SIGINT, &stay, NULL);
	sigaction(SIGTERM, &stay, NULL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		kill(child, SIGTERM);
	trace_remove(child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
