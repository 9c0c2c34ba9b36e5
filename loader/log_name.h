/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules are called in flow logs, by their ids. Pure. */
#ifndef VFG_LOADER_LOG_NAME_H
#define VFG_LOADER_LOG_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../policy-compiler/nsgc.h"
#include "retired.h"

/* The NSG or other list that a rule stands in. */
struct vfg_log_list {
	char *name;
	char *id;      /* its resource id, "" where the policy has none */
	uint8_t stage; /* enum vfg_stage */
};

struct vfg_log_rule {
	char *name;    /* "UserRule_X", "DefaultRule_X", "X" of an admin rule, "PlatformRule" */
	uint32_t list; /* index; of no use without a name */
	bool denies;
};

/*
 * Begins zeroed. Rules of a policy that is no more keep their names until their ids are given to
 * others, since flows outlive the policy that allowed them.
 */
struct vfg_log_names {
	struct vfg_log_rule rule[VFG_POLICY_RULES_MAX];
	struct vfg_log_list *list;
	size_t lists;
};

/**
 * vfg_log_names_learn - take the names of a policy
 * @changed: VFG_POLICY_RULES_MAX flags, set for ids that mean another rule than before; NULL where
 *           nobody asks
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_log_names_learn(struct vfg_log_names *names, const struct vfg_tables *tables,
			bool *changed);

/* The same of rules that no policy has any more. */
int vfg_log_names_learn_retired(struct vfg_log_names *names, const struct vfg_retired *retired);
void vfg_log_names_free(struct vfg_log_names *names);

/* "unspecified" where the rule is not known. */
const char *vfg_log_names_rule(const struct vfg_log_names *names, uint32_t id);

/* NULL where the rule is not known. */
const struct vfg_log_list *vfg_log_names_list(const struct vfg_log_names *names, uint32_t id);

#endif
