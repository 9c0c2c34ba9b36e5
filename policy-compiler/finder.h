/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index by hash: small numbers found by 64-bit hashes, so that equal things are kept once.
 * Whether two things with one hash are equal, the caller decides.
 */
#ifndef VFG_POLICY_COMPILER_FINDER_H
#define VFG_POLICY_COMPILER_FINDER_H

#include "nsgc.h"

enum { VFG_FINDER_NONE = 0xffffffff };

struct vfg_finder_slot {
	uint64_t hash;
	uint32_t value; /* VFG_FINDER_NONE where free */
};

/* Open addressing, linear probing, at most half full. Starts all zero but for the arena. */
struct vfg_finder {
	struct vfg_arena *arena;
	size_t count;
	size_t room; /* a power of two, or 0 */
	struct vfg_finder_slot *slot;
};

/**
 * vfg_finder_next - the next value that was added under a hash
 * @cursor: 0 at first; where to go on
 *
 * Return: a value, or VFG_FINDER_NONE.
 */
uint32_t vfg_finder_next(const struct vfg_finder *finder, uint64_t hash, size_t *cursor);

/* Return: 0 or -ENOMEM. */
int vfg_finder_add(struct vfg_finder *finder, uint64_t hash, uint32_t value);

/* A number, well mixed (splitmix64's finalizer). */
uint64_t vfg_finder_mix(uint64_t value);

/* The hash of bytes, with what came before them. */
uint64_t vfg_finder_hash(uint64_t hash, const void *data, size_t bytes);

/* The hash of a name, the same in upper and lower case (ASCII). */
uint64_t vfg_finder_hash_name(const char *name);

#endif
