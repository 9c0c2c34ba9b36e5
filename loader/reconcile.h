/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts back what is missing: for apply on one master, for the daemon on all of this namespace. */
#ifndef VFG_LOADER_RECONCILE_H
#define VFG_LOADER_RECONCILE_H

#include <stdbool.h>

#include "hearing.h"
#include "loaded.h"

/**
 * vfg_reconcile - bring every master to what it should be
 * @hearing: opened before the first pass
 * @changed: devices have changed: try again what has failed before
 * @ret_busy: a command was at work on a master, which was left out
 *
 * One line on standard error for each thing done.
 *
 * Return: 0, or an exit status, reported: nothing can be read at all.
 */
int vfg_reconcile(struct vfg_hearing *hearing, bool changed, bool *ret_busy);

/**
 * vfg_reconcile_loaded - bring one master, which the caller has locked, to what it should be
 *
 * What has failed before is tried again. Return: 0, or an exit status, reported: a TC filter is
 * missing and cannot be put back. XDP that cannot be attached is no failure, as TC judges instead.
 */
int vfg_reconcile_loaded(struct vfg_loaded *loaded);

#endif
