/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a device has no XDP of ours, in words: with the numbers, and the command that mends it. */
#ifndef VFG_LOADER_REFUSAL_H
#define VFG_LOADER_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

enum { VFG_REFUSAL_TEXT_MAX = 320 };

/* What is known of the device and of the attempt. */
struct vfg_refusal {
	int err; /* of the attempt, 0: there was none, TC alone was asked for */
	char device[IFNAMSIZ];
	char driver[VFG_DRIVER_MAX]; /* "" where unknown */
	char above[IFNAMSIZ];	     /* the master */
	uint32_t program;	     /* id of somebody's XDP program on the device, 0 none */
	uint32_t program_above;	     /* on the master */
	char below[IFNAMSIZ];	     /* the first device below that has one, "" none */
	uint32_t program_below;
	uint32_t mtu;
	bool has_lro; /* large receive offload is on */
};

/**
 * vfg_refusal_gather - ask for what the words need
 * @link: the device; from a dump no older than the attempt
 */
void vfg_refusal_gather(const struct vfg_links *links, const struct vfg_link *link, int err,
			struct vfg_refusal *ret_refusal);

/**
 * vfg_refusal_text - put it into words
 * @ret_text: VFG_REFUSAL_TEXT_MAX bytes
 */
void vfg_refusal_text(const struct vfg_refusal *refusal, char *ret_text);

/* The largest MTU with which a driver takes native XDP, 0 where none is known. */
uint32_t vfg_refusal_mtu_max(const char *driver);

/* Is it a refusal that LRO may be the cause of? */
bool vfg_refusal_by_lro(int err);

#endif
