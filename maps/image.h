/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy image: the file that `nsgc compile` writes and vfguard maps into memory. A header of
 * one 4 KiB block, then the arena of policy.h as it stands in the map.
 */
#ifndef VFG_MAPS_IMAGE_H
#define VFG_MAPS_IMAGE_H

#include "policy.h"

enum {
	VFG_IMAGE_HEADER_BYTES = 4096,
	VFG_IMAGE_ENDIAN =
		0x01020304, /* in the writer's byte order: a foreign image reads 0x04030201 */
};

#define VFG_IMAGE_MAGIC "VFGIMAGE" /* 8 bytes, no NUL */

/*
 * Written by the compiler, read by the loader and by nsgc. A reader refuses: another magic, endian
 * or abi; a file whose size is not VFG_IMAGE_HEADER_BYTES + arena_bytes; a wrong checksum. The rest
 * of the header block is zero.
 */
struct vfg_image {
	__u8 magic[8];
	__u32 endian;
	__u32 abi;
	__u64 arena_bytes; /* = struct vfg_policy.bytes */
	__u32 header_crc;  /* CRC-32 (zlib) of the header block with this field zero */
	__u32 arena_crc;   /* CRC-32 (zlib) of the arena */
};

_Static_assert(sizeof(struct vfg_image) == 32, "layout");

#endif
