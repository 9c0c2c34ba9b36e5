/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address prefixes as texts and sets of addresses as sorted ranges.
 */
#ifndef VFG_POLICY_COMPILER_ADDRESS_H
#define VFG_POLICY_COMPILER_ADDRESS_H

#include "model.h"

/* 10.0.0.0/8: address 0x0a000000, length 8. host_bits: it was written with bits set beyond the
 * length; address is masked already. */
struct vfg_prefix {
	vfg_u128 address;
	uint8_t length;
	uint8_t family; /* enum vfg_family */
	bool host_bits;
};

/* Every address of both families, for rules that say "*". */
extern const struct vfg_set vfg_set_any;

/**
 * vfg_prefix_parse - an address or address/length; nothing before, after or left out
 *
 * Return: 0, or -EINVAL.
 */
int vfg_prefix_parse(const char *text, struct vfg_prefix *ret_prefix);
struct vfg_address_range vfg_prefix_range(const struct vfg_prefix *prefix);

/**
 * vfg_set_build - the set that prefixes cover; they may overlap and stand in any order
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_set_build(struct vfg_arena *arena, const struct vfg_prefix *prefix, size_t count,
		  const struct vfg_set **ret_set);

/* The same from texts that are known to be right: for our own constants. */
int vfg_set_constant(struct vfg_arena *arena, const char *const *text, size_t count,
		     const struct vfg_set **ret_set);

/* Addresses in both; in @minuend and not in @subtrahend. Return: 0 or -ENOMEM. */
int vfg_set_intersect(struct vfg_arena *arena, const struct vfg_set *one, const struct vfg_set *two,
		      const struct vfg_set **ret_set);
int vfg_set_subtract(struct vfg_arena *arena, const struct vfg_set *minuend,
		     const struct vfg_set *subtrahend, const struct vfg_set **ret_set);
bool vfg_set_is_empty(const struct vfg_set *set);
bool vfg_set_is_equal(const struct vfg_set *one, const struct vfg_set *two);

/* Does it hold every address of the family? */
bool vfg_set_is_all(const struct vfg_set *set, enum vfg_family family);

/**
 * vfg_set_union - the addresses that are in any of several sets
 *
 * One set alone is the answer itself, so that it stays shared.
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_set_union(struct vfg_arena *arena, const struct vfg_set *const *set, size_t count,
		  const struct vfg_set **ret_set);

#endif
