/* SPDX-License-Identifier: GPL-2.0-only */
/* A steady stream of packets that the policy denies, from the outside host to the guest, and a
 * socket that counts those that come through. */
#ifndef VFG_SELFTESTS_LIVE_DRIZZLE_H
#define VFG_SELFTESTS_LIVE_DRIZZLE_H

#include <stddef.h>
#include <sys/types.h>

#include "guest.h"

struct vfg_drizzle {
	pid_t sender;
	int counter;
};

/* UDP to port 5301, as fast as it goes. */
void vfg_drizzle_start(const struct vfg_guest *guest, struct vfg_drizzle *ret_drizzle);

/**
 * vfg_drizzle_stop - end it
 *
 * Return: how many packets reached the socket.
 */
size_t vfg_drizzle_stop(struct vfg_drizzle *drizzle);

#endif
