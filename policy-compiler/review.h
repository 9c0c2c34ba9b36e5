/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is allowed but hardly meant: warnings about a model that is otherwise right.
 */
#ifndef VFG_POLICY_COMPILER_REVIEW_H
#define VFG_POLICY_COMPILER_REVIEW_H

#include "model.h"

/**
 * vfg_review - warn of what is allowed but hardly meant
 * @ssh_connection: the text of $SSH_CONNECTION ("CLIENT PORT SERVER PORT"), NULL where there is
 * none
 *
 * ShadowedRule: earlier rules of the same list, one or several together, take all of a rule's
 * traffic. RuleNeverMatches: a rule matches no packet at all. OverlappingOppositeAccess: a Deny and
 * an Allow meet, and neither is an exception from the other: neither holds the other, and the first
 * is no Deny that is narrower in one respect only. One message for each Deny and side.
 * OperatorCutOff: the operator's own connection would be denied. ReviewIncomplete: the lists are so
 * large that not all of this was looked for. Rules of the platform and default rules are never
 * warned of. A warning is never wrong; only where a union of many rules hides one may it be missed.
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_review(struct vfg_diag *diag, const struct vfg_model *model, const char *ssh_connection);

#endif
