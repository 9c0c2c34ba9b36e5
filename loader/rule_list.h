/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules of a policy with what they have counted, in the order that a user wants. Pure. */
#ifndef VFG_LOADER_RULE_LIST_H
#define VFG_LOADER_RULE_LIST_H

#include <stdio.h>

#include "../maps/counter.h"
#include "rule_name.h"

struct vfg_rule_list {
	size_t count;
	uint32_t id[VFG_POLICY_RULES_MAX];     /* in the order of the policy */
	uint32_t number[VFG_POLICY_RULES_MAX]; /* the first that has the id */
	struct vfg_rule_count counted[VFG_POLICY_RULES_MAX];
};

enum vfg_rule_order {
	VFG_RULE_BY_POLICY, /* as the lists have them */
	VFG_RULE_BY_HITS,   /* most first, as the others */
	VFG_RULE_BY_PACKETS,
	VFG_RULE_BY_BYTES,
	VFG_RULE_BY_LAST, /* the most recent hit first, never last */
};

/* What a list is written with. */
struct vfg_rule_print {
	const char *master;
	const struct vfg_rule_names *names;
	const struct vfg_rule_list *list;
	enum vfg_rule_order order;
	bool unused;  /* only what was never hit */
	uint32_t now; /* ticks */
	uint32_t jiffies_hz;
	int64_t now_s; /* the same moment in seconds since 1970 */
};

/* Return: 0, or -EINVAL where the text is no order. */
int vfg_rule_order_parse(const char *text, enum vfg_rule_order *ret_order);

/**
 * vfg_rule_list_fill - the ids of a policy's rules, each once
 * @ret_list: its counters are for the caller to fill in
 */
void vfg_rule_list_fill(const struct vfg_tables *tables, struct vfg_rule_list *ret_list);

/* Append all other ids, for their counters to be filled in. Number: VFG_RULE_NONE. */
void vfg_rule_list_fill_gone(struct vfg_rule_list *list);

/* Take those off again that have counted nothing. */
void vfg_rule_list_drop_unused_gone(struct vfg_rule_list *list);

/* Return: 0 or -ENOMEM. */
int vfg_rule_print_text(FILE *to, const struct vfg_rule_print *print);
int vfg_rule_print_json(FILE *to, const struct vfg_rule_print *print);

#endif
