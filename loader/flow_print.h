/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes flows, as text for people or as JSON for scripts. Pure but for the stream. */
#ifndef VFG_LOADER_FLOW_PRINT_H
#define VFG_LOADER_FLOW_PRINT_H

#include <stdio.h>

#include "flow_list.h"
#include "rule_name.h"

/* What is to be written, and what it is measured against. */
struct vfg_flow_print {
	const char *master;
	const struct vfg_rule_names *names;
	const struct vfg_flow_list *list;
	const uint32_t *places; /* of vfg_flow_list_sort() */
	size_t shown;		/* the first so many */
	uint64_t room;		/* flows that fit the tables */
	uint32_t jiffies_hz;
	uint32_t generation; /* of the policy in force */
	uint32_t keep_since; /* flows of older generations are judged again */
};

void vfg_flow_print_text(FILE *to, const struct vfg_flow_print *print);
void vfg_flow_print_json(FILE *to, const struct vfg_flow_print *print);

/* A text as a JSON string, in quotes. */
void vfg_flow_print_string(FILE *to, const char *text);

#endif
