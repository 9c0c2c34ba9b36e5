/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One compile in a test: sources and tags in, model and messages out, and questions to the oracle.
 */
#ifndef VFG_SELFTESTS_FIXTURE_H
#define VFG_SELFTESTS_FIXTURE_H

#include "../policy-compiler/model.h"

/* Pieces of a rule, to be overridden one by one; texts are JSON with ' for ". */
#define FIX_WHAT   "'protocol':'Tcp','access':'Allow'"
#define FIX_ORDER  "'priority':100,'direction':'Inbound'"
#define FIX_FROM   "'sourceAddressPrefix':'*'"
#define FIX_TO	   "'destinationAddressPrefix':'*'"
#define FIX_SPORTS "'sourcePortRange':'*'"
#define FIX_DPORTS "'destinationPortRange':'*'"
#define FIX_RULE(name, what, order, from, to, sports, dports)                                      \
	"{'name':'" name "','properties':{" what "," order "," from "," to "," sports "," dports   \
	"}}"
#define FIX_NSG(name, rules) "{'name':'" name "','properties':{'securityRules':[" rules "]}}"
#define FIX_NETWORK	     "VirtualNetwork=10.0.0.0/16,2001:db8::/32"

enum {
	FIX_SOURCES_MAX = 8,
	FIX_TAGS_MAX = 8,
};

struct fixture {
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_source source[FIX_SOURCES_MAX];
	const char *tag[FIX_TAGS_MAX];
	struct vfg_request request;
	struct vfg_model *model; /* NULL where it failed */
	int err;
};

void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* A source from JSON with ' for " (a plain text), or as it stands (bytes). */
void fixture_add(struct fixture *fixture, enum vfg_source_kind kind, const char *text);
void fixture_add_bytes(struct fixture *fixture, enum vfg_source_kind kind, const char *file,
		       const char *text, size_t bytes);
void fixture_tag(struct fixture *fixture, const char *tag);

/* Read everything; the answer is fixture->err and fixture->model. */
void fixture_read(struct fixture *fixture);

/* How many messages have this code and severity. */
size_t fixture_count(const struct fixture *fixture, enum vfg_severity severity, const char *code);

/* All messages, for a failing test. */
const char *fixture_messages(const struct fixture *fixture);

/* The oracle's answer to a line of a batch file, as "Allow,RULE". */
const char *fixture_ask(const struct fixture *fixture, const char *line);

/* Every list and rule of the model as text, to compare two models. */
const char *fixture_print(const struct fixture *fixture);

/* A whole file, or NULL where there is none. Lives in the arena. */
const char *fixture_load(struct fixture *fixture, const char *path, size_t *ret_bytes);

#endif
