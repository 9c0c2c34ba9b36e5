/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rules are called that counters and flows know by an id. Pure. */
#ifndef VFG_LOADER_RULE_NAME_H
#define VFG_LOADER_RULE_NAME_H

#include <stdbool.h>

#include "../policy-compiler/nsgc.h"
#include "retired.h"

/* Texts are those of the policy that it was read from. */
struct vfg_rule_name {
	const char *name; /* "securityRules/X"; NULL: not known */
	const char *list; /* the NSG's name */
	uint8_t direction;
	uint8_t action; /* enum vfg_action */
	bool in_force;	/* the policy in force has it */
};

struct vfg_rule_names {
	struct vfg_rule_name of[VFG_POLICY_RULES_MAX]; /* by id */
};

/**
 * vfg_rule_names_add - take the names of a policy's rules
 * @in_force: it is the one in force, and is to be added first
 *
 * An id that has a name keeps it.
 */
void vfg_rule_names_add(struct vfg_rule_names *names, const struct vfg_tables *tables,
			bool in_force);

/* The same of rules that no policy has any more. */
void vfg_rule_names_add_retired(struct vfg_rule_names *names, const struct vfg_retired *retired);

/**
 * vfg_rule_name_is - does a user mean this rule by "securityRules/X", or by "X"?
 *
 * As the platform does, without regard to case.
 */
bool vfg_rule_name_is(const struct vfg_rule_name *rule, const char *text);

#endif
