/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts back what is missing: for apply on one master, for the daemon on all of this namespace. */
#ifndef VFG_LOADER_RECONCILE_H
#define VFG_LOADER_RECONCILE_H

#include <stdbool.h>

#include "hearing.h"
#include "loaded.h"
#include "monitor.h"

struct vfg_pass {
	bool retry;			   /* try again what has failed before */
	const struct vfg_monitor *monitor; /* knows when devices were first heard of */
	struct vfg_hearing *hearing;	   /* knows what they said of themselves */
	bool busy; /* set: something was in the way (a command at work), soon again */
};

/**
 * vfg_reconcile - bring every master to what it should be
 *
 * One line on standard error for each thing done.
 *
 * Return: 0, or an exit status, reported: nothing can be read at all.
 */
int vfg_reconcile(struct vfg_pass *pass);

/**
 * vfg_reconcile_loaded - bring one master, which the caller has locked, to what it should be
 *
 * What has failed before is tried again. Return: 0, or an exit status, reported: a TC program is
 * missing and cannot be put back. XDP that cannot be attached is no failure, as TC judges instead.
 */
int vfg_reconcile_loaded(struct vfg_loaded *loaded);

#endif
