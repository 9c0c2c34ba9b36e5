/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules of one NSG must keep between them: distinct priorities and names, and the
 * platform's limits on numbers.
 */
#ifndef VFG_POLICY_COMPILER_LIMIT_H
#define VFG_POLICY_COMPILER_LIMIT_H

#include "nsg.h"

/* Return: 0, also with errors in @diag; -ENOMEM. */
int vfg_limit_check(struct vfg_diag *diag, const struct vfg_nsg *nsg);

#endif
