/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices said of themselves when they joined, left or went: the counters in those messages
 * are the first and the last of a device, which a dump comes too late for.
 */
#ifndef VFG_LOADER_HEARING_H
#define VFG_LOADER_HEARING_H

#include "netlink.h"

struct vfg_hearing;

/**
 * vfg_hearing_open - begin to listen in this network namespace
 *
 * Return: 0 or -errno.
 */
int vfg_hearing_open(struct vfg_hearing **ret_hearing);
void vfg_hearing_close(struct vfg_hearing *hearing);

/**
 * vfg_hearing_take - the messages that have come since the last call, in their order
 *
 * Some may have been lost; so nothing may depend on one. Valid until the next call.
 */
const struct vfg_links *vfg_hearing_take(struct vfg_hearing *hearing)
	__attribute__((warn_unused_result));

#endif
