/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would the policy cut off whoever is about to load it?
 */
#ifndef VFG_POLICY_COMPILER_OPERATOR_H
#define VFG_POLICY_COMPILER_OPERATOR_H

#include "model.h"

/**
 * vfg_operator_check - warn where a new connection like the operator's own would be denied
 * @ssh_connection: the text of $SSH_CONNECTION ("CLIENT PORT SERVER PORT"), NULL where there is
 * none; anything else is ignored, and so is a connection that never leaves the guest
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_operator_check(struct vfg_diag *diag, const struct vfg_model *model,
		       const char *ssh_connection);

/* The same of a compiled policy. */
int vfg_operator_check_tables(struct vfg_diag *diag, const struct vfg_tables *tables,
			      const char *ssh_connection);

#endif
