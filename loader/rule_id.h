/* SPDX-License-Identifier: GPL-2.0-only */
/* Rule ids: what counters and flows know a rule by, across policies. */
#ifndef VFG_LOADER_RULE_ID_H
#define VFG_LOADER_RULE_ID_H

#include <stdbool.h>

#include "../policy-compiler/nsgc.h"

/* The outcome: an id for each rule number, and which of the ids are newly given. */
struct vfg_rule_ids {
	uint32_t id[VFG_POLICY_RULES_MAX];
	bool fresh[VFG_POLICY_RULES_MAX]; /* by id */
	uint32_t next;			  /* where to look for the next free one */
};

/**
 * vfg_rule_ids_assign - give ids to the rules of a policy
 * @old: the policy in force, or NULL
 * @next: where to look first for free ids (struct vfg_control.next_rule_id)
 * @ret_ids: numbers without a rule keep id = number
 *
 * A rule keeps its id as long as its direction, stage and name stay; others get ids that the
 * policy in force does not use, as long as there are any.
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_rule_ids_assign(const struct vfg_tables *old, const struct vfg_tables *new, uint32_t next,
			struct vfg_rule_ids *ret_ids);

/* The rules as the programs see them, indexed by rule number. */
const struct vfg_rule *vfg_rules_of(const struct vfg_tables *tables);

#endif
