/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One security admin rule, from its JSON to a rule of the model.
 */
#ifndef VFG_POLICY_COMPILER_ADMINRULE_H
#define VFG_POLICY_COMPILER_ADMINRULE_H

#include "field.h"
#include "json.h"

enum {
	VFG_ADMIN_PRIORITY_MIN = 1,
	VFG_ADMIN_PRIORITY_MAX = 4096,
};

struct vfg_admin_rule {
	struct vfg_model_rule rule;
	const char *name; /* without "adminRules/" */
	const char *id;	  /* NULL where it has none */
	const char *file;
	size_t index; /* in the input */
	size_t scope; /* its network manager's place among those of the input */
	bool good;    /* may it go in? */
};

/**
 * vfg_admin_rule_read - check a rule in the REST API's shape, or flattened
 * @field: what it is checked against; place.file is set, the rest is filled here
 *
 * Return: 0, also with errors in @diag (the rule is not good then); -ENOMEM.
 */
int vfg_admin_rule_read(struct vfg_field *field, struct json_object *object,
			struct vfg_admin_rule *ret_rule);

#endif
