/* SPDX-License-Identifier: GPL-2.0-only */
/* How long flows live without a packet, as people set it. */
#ifndef VFG_LOADER_TIMEOUT_H
#define VFG_LOADER_TIMEOUT_H

#include <stdint.h>

#include "../maps/flow.h"

/* Seconds. */
struct vfg_timeouts {
	uint32_t tcp[VFG_FLOW_STATE_MAX]; /* by enum vfg_flow_state */
	uint32_t udp;
	uint32_t icmp;	/* ICMP and ICMPv6 */
	uint32_t other; /* the protocols that are none of these */
	uint32_t fragment;
};

/* What holds where nothing is set. */
extern const struct vfg_timeouts vfg_timeouts_default;

/**
 * vfg_timeouts_take - set what "NAME=SECONDS[,NAME=SECONDS...]" says
 * @timeouts: changed, but for a text that is refused
 *
 * Return: 0, or VFG_EXIT_USAGE, reported.
 */
int vfg_timeouts_take(struct vfg_timeouts *timeouts, const char *text);

#endif
