/* SPDX-License-Identifier: GPL-2.0-only */
/* Real packets between the guest and the outside host of a live test. */
#ifndef VFG_SELFTESTS_LIVE_TRAFFIC_H
#define VFG_SELFTESTS_LIVE_TRAFFIC_H

#include <stdint.h>

#include "guest.h"

enum vfg_traffic_from {
	VFG_FROM_OUTSIDE, /* the outside host begins */
	VFG_FROM_GUEST,
};

/* How far the exchange came. */
enum vfg_traffic_end {
	VFG_TRAFFIC_NOTHING,  /* the first packet did not arrive, or its answer did not */
	VFG_TRAFFIC_ANSWERED, /* data went both ways */
};

/* Who speaks, how. port 0 with ICMP. source: of the client, NULL to leave it to the kernel. */
struct vfg_traffic {
	enum vfg_traffic_from from;
	int family;   /* AF_INET, AF_INET6 */
	int protocol; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP (ICMPv6 too) */
	uint16_t port;
	const char *source;
};

/**
 * vfg_traffic_try - begin an exchange and wait for its answer, 400 ms at most
 *
 * For TCP and UDP something listens on the port, so that silence means that a packet was dropped.
 */
enum vfg_traffic_end vfg_traffic_try(const struct vfg_guest *guest,
				     const struct vfg_traffic *traffic);

#endif
