/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass of the daemon over every loaded master of this network namespace. */
#ifndef VFG_LOADER_RECONCILE_H
#define VFG_LOADER_RECONCILE_H

#include <stdbool.h>

/**
 * vfg_reconcile - bring every master to what it should be
 * @changed: devices have changed: try again what has failed before
 * @ret_busy: a command was at work on a master, which was left out
 *
 * One line on standard error for each thing done.
 *
 * Return: 0, or an exit status, reported: nothing can be read at all.
 */
int vfg_reconcile(bool changed, bool *ret_busy);

#endif
