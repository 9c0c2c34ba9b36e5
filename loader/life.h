/* SPDX-License-Identifier: GPL-2.0-only */
/* The sums of one path, from look to look. Arithmetic only. */
#ifndef VFG_LOADER_LIFE_H
#define VFG_LOADER_LIFE_H

#include <stdbool.h>

#include "coverage.h"

/**
 * vfg_life_update - bring the sums of a path up to its counters
 * @now: its counters; `tc_only` and `aside` are not read
 * @reset: since the last look a device that counts by itself has lost what was in its rings: what
 * it counted meanwhile and XDP has not seen may never have reached the kernel
 *
 * Sums never fall. A counter that fell began anew.
 */
void vfg_life_update(struct vfg_coverage_path *path, const struct vfg_coverage_sum *now,
		     bool reset);

/* Packets that its device has received in this life, as of when it was last read. */
uint64_t vfg_life_received(const struct vfg_coverage_path *path);

#endif
