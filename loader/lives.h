/* SPDX-License-Identifier: GPL-2.0-only */
/* Follows the devices of a master through their lives, and keeps the sums of each. */
#ifndef VFG_LOADER_LIVES_H
#define VFG_LOADER_LIVES_H

#include "count.h"
#include "coverage.h"
#include "device.h"

/*
 * What the account is brought up to. Devices are read before counters, so that a packet in between
 * looks judged, not missed.
 */
struct vfg_lives_view {
	const struct vfg_device *device;
	const struct vfg_links *links;
	const struct vfg_links *heard; /* hearing.h; NULL where nobody listened */
	const struct vfg_path_counts *counts;
};

/**
 * vfg_lives_begin - take the counters of now as the baseline
 * @view: here counters were read before devices, and long enough before that a driver which counts
 * at the end of a poll has done so
 */
void vfg_lives_begin(struct vfg_coverage *coverage, const struct vfg_lives_view *view);

/**
 * vfg_lives_follow - bring the sums up to date; take in who has come, bury who has gone
 *
 * Where a device's last message was heard its counters are final. Where not, what XDP judged was
 * received, and what TC alone judged since the last look is not in the account.
 */
void vfg_lives_follow(struct vfg_coverage *coverage, const struct vfg_lives_view *view);

/* Packets received on all paths, as of when the devices were read. */
uint64_t vfg_lives_received(const struct vfg_coverage *coverage);

#endif
