/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How what came in lately divides among the paths of a master: two looks at its account, some
 * seconds apart. The first is the daemon's, which marks the account every few seconds, or the
 * asker's own. Pure.
 */
#ifndef VFG_LOADER_SHARE_H
#define VFG_LOADER_SHARE_H

#include "coverage.h"

/* The first look. */
struct vfg_share_base {
	uint64_t at_ns; /* CLOCK_BOOTTIME; 0: there is none */
	uint64_t received[VFG_COVERAGE_PATHS_MAX];
};

/* Mark the account if it is time: so that there is always a mark some seconds old. */
void vfg_share_mark(struct vfg_coverage *coverage, uint64_t now_ns);

/**
 * vfg_share_marked - take the older mark of an account for the first look
 *
 * Return: false where nobody has marked it lately.
 */
bool vfg_share_marked(const struct vfg_coverage *coverage, uint64_t now_ns,
		      struct vfg_share_base *ret_base);

/* Take an account as it is for the first look. */
void vfg_share_note(const struct vfg_coverage *coverage, uint64_t now_ns,
		    struct vfg_share_base *ret_base);

/**
 * vfg_share_since - packets that a path has received since the first look
 * @slot: of the path in @coverage
 */
uint64_t vfg_share_since(const struct vfg_share_base *base, const struct vfg_coverage *coverage,
			 int slot);

#endif
