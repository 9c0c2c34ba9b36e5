/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One compile of hostile input, and what must hold of every compile whatever the input: it ends,
 * says why it fails in lines that can be printed, and judges packets as the oracle does.
 */
#ifndef VFG_SELFTESTS_FUZZ_PROBE_H
#define VFG_SELFTESTS_FUZZ_PROBE_H

#include "../../policy-compiler/model.h"

enum {
	PROBE_SOURCES_MAX = 12,
	PROBE_DEFINES_MAX = 12,
};

struct probe {
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_source source[PROBE_SOURCES_MAX];
	const char *tag[PROBE_DEFINES_MAX];
	const char *param[PROBE_DEFINES_MAX];
	struct vfg_request request;
};

void probe_open(struct probe *probe);
void probe_close(struct probe *probe);

/* The text is copied to a place of its own size; what is too much is left out. */
void probe_add(struct probe *probe, enum vfg_source_kind kind, const char *text, size_t bytes);
void probe_tag(struct probe *probe, const char *tag);
void probe_param(struct probe *probe, const char *param);

/**
 * probe_run - compile, and abort where something that must hold does not
 * @packets: to judge by oracle and tables, where the input is a policy; 0: no tables are made
 */
void probe_run(struct probe *probe, size_t packets);

/**
 * probe_tables - judge packets by tables that may hold anything, and print them
 */
void probe_tables(struct vfg_arena *arena, const struct vfg_tables *tables, uint64_t seed);

#endif
