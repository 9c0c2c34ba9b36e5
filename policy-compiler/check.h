/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an NSG's texts to the rules of the model, with every error that the platform would give.
 */
#ifndef VFG_POLICY_COMPILER_CHECK_H
#define VFG_POLICY_COMPILER_CHECK_H

#include "field.h"

enum {
	VFG_CHECK_PRIORITY_MIN = 100,
	VFG_CHECK_PRIORITY_MAX = 4096,
	VFG_CHECK_EFFECTIVE_MAX = 65535, /* the platform's own rules stand among them */
	VFG_CHECK_RULES_MAX = 1000,
	VFG_CHECK_VALUES_MAX = 4000, /* addresses or ports of one property, over all rules */
	VFG_CHECK_NAME_MAX = 80,     /* what the platform takes; longer ones get a warning */
	VFG_CHECK_NAME_LIMIT = 512,  /* what fits our own tables */
};

/* What rules are checked against. */
struct vfg_check {
	struct vfg_diag *diag;
	struct vfg_tags *tags;
	struct vfg_groups *groups;
	bool lenient;
	bool inert_empty_groups;
};

/**
 * vfg_check_nsg - check an NSG's own rules
 * @ret_list: one list a direction, ordered by priority, then as in the input; `room` more rules
 * find place behind them. Rules with errors are missing.
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_check_nsg(const struct vfg_check *check, const struct vfg_nsg *nsg, size_t room,
		  struct vfg_list *ret_list[VFG_DIRECTION_MAX]);

#endif
