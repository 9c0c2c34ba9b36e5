/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is allowed but hardly meant: warnings about a model that is otherwise right.
 */
#ifndef VFG_POLICY_COMPILER_REVIEW_H
#define VFG_POLICY_COMPILER_REVIEW_H

#include "model.h"

/**
 * vfg_review - warn of rules that others hide, that can never match, or that overlap with the
 * opposite access, and of a policy that would cut off the operator
 * @ssh_connection: the text of $SSH_CONNECTION ("CLIENT PORT SERVER PORT"), NULL where there is
 * none
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_review(struct vfg_diag *diag, const struct vfg_model *model, const char *ssh_connection);

#endif
