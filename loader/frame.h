/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of a question: the first packet of a flow, whole and correct. */
#ifndef VFG_LOADER_FRAME_H
#define VFG_LOADER_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "../policy-compiler/nsgc.h"

enum { VFG_FRAME_MAX = 128 };

/**
 * vfg_frame_build - Ethernet, IPv4 or IPv6, and TCP SYN, UDP, echo request or eight bytes
 * @ret_frame: VFG_FRAME_MAX bytes
 *
 * Lengths and checksums are right.
 *
 * Return: the length of the frame.
 */
size_t vfg_frame_build(const struct vfg_tuple *tuple, uint8_t *ret_frame);

#endif
