/* SPDX-License-Identifier: GPL-2.0-only */
/* How long flows live without a packet, as people set it. */
#ifndef VFG_LOADER_TIMEOUT_H
#define VFG_LOADER_TIMEOUT_H

#include <stdint.h>

#include "../maps/flow.h"

enum {
	/* Ages are compared in 32 bits of ticks: years, so that a day is far from their wrap. */
	VFG_TIMEOUT_SECONDS_MAX = 86400,
};

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

/* For messages: what vfg_timeouts_take() takes. */
extern const char vfg_timeouts_usage[];

/**
 * vfg_timeouts_take - set what "NAME=SECONDS[,NAME=SECONDS...]" says
 * @timeouts: changed, but for a text that is refused
 *
 * Return: 0, or -EINVAL.
 */
int vfg_timeouts_take(struct vfg_timeouts *timeouts, const char *text);

#endif
