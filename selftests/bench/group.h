/* SPDX-License-Identifier: GPL-2.0-only */
/* The groups of rows, as main.c's table names them. */
#ifndef VFG_SELFTESTS_BENCH_GROUP_H
#define VFG_SELFTESTS_BENCH_GROUP_H

#include "row.h"

/* What a run was asked for. */
struct plan {
	uint32_t rounds; /* of each measurement */
	uint32_t flows;	 /* of a flood */
	const char *build;
};

void group_program(const struct plan *plan, struct results *results);
void group_rules(const struct plan *plan, struct results *results);
void group_compile(const struct plan *plan, struct results *results);
void group_swap(const struct plan *plan, struct results *results);
void group_flood(const struct plan *plan, struct results *results);
void group_veth(const struct plan *plan, struct results *results);
void group_log(const struct plan *plan, struct results *results);
void group_latency(const struct plan *plan, struct results *results);

#endif
