/* SPDX-License-Identifier: GPL-2.0-only */
/* verify --explain: the loaded programs' answer, the rules walked one by one, and the live flow. */
#ifndef VFG_LOADER_VERIFY_EXPLAIN_H
#define VFG_LOADER_VERIFY_EXPLAIN_H

#include "../policy-compiler/arguments.h"
#include "ask.h"

/**
 * vfg_verify_explain - print why a packet is let through or dropped
 * @where: the master, for messages
 *
 * Return: 0, or an exit status, reported; VFG_EXIT_SYSTEM too where programs and rules disagree.
 */
int vfg_verify_explain(struct vfg_asker *asker, const char *where,
		       const struct vfg_question *question, bool json);

#endif
