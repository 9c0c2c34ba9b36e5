/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run of the nsgc command: what the arguments said, and the commands that go on from there.
 */
#ifndef VFG_POLICY_COMPILER_SESSION_H
#define VFG_POLICY_COMPILER_SESSION_H

#include "arguments.h"
#include "nsgc.h"

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* by the input's own fault */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	PARSED = -1, /* go on */
};

struct session;

struct command {
	const char *name;
	const char *usage;
	bool files, sources, output, json, question, envelope, exit_code;
	int (*run)(struct session *session);
};

struct session {
	const struct command *command;
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_options options;
	struct vfg_question question;
	const char *output;
	const char *batch;
	bool json, asked, explain, exit_code;
};

/* Say what is wrong with the arguments. Return: EXIT_USAGE. */
int vfg_session_usage(const struct session *session, const char *problem, const char *what);

/* The commands (run.c). Return: the exit status. */
int vfg_run_compile(struct session *session);
int vfg_run_check(struct session *session);
int vfg_run_dump(struct session *session);
int vfg_run_verify(struct session *session);
int vfg_run_diff(struct session *session);

#endif
