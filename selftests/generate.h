/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies and random packets, the same for the same seed. Small on purpose: few addresses,
 * few ports, much overlap, so that packets meet the edges of rules often.
 */
#ifndef VFG_SELFTESTS_GENERATE_H
#define VFG_SELFTESTS_GENERATE_H

#include "../policy-compiler/model.h"
#include "../policy-compiler/nsgc.h"

struct vfg_random {
	uint64_t state; /* begins as the seed */
};

uint64_t vfg_random_next(struct vfg_random *random);
/* 0..bound-1; bound > 0. */
uint32_t vfg_random_below(struct vfg_random *random, uint32_t bound);

/**
 * vfg_generate_model - a random policy
 * @rules_max: most rules in one list, at least 1
 *
 * One or two NSGs, each with or without a last rule for everything; sometimes platform and admin
 * rules, sometimes a direction without any list. Rule names are unique in the policy.
 *
 * Return: the model, or NULL where the arena's limit is reached.
 */
struct vfg_model *vfg_generate_model(struct vfg_arena *arena, struct vfg_random *random,
				     size_t rules_max);

/**
 * vfg_generate_tuple - a random packet, made to meet the rules of a policy at their edges
 */
struct vfg_tuple vfg_generate_tuple(struct vfg_random *random, const struct vfg_model *model);

/**
 * vfg_generate_set - a set of addresses from prefixes, in the form that struct vfg_set asks for
 * @ranges: of one family, in any order, overlapping or not; sorted by the call
 *
 * Return: the set, or NULL where the arena's limit is reached.
 */
struct vfg_set *vfg_generate_set(struct vfg_arena *arena, enum vfg_family family,
				 struct vfg_address_range *ranges, size_t count);

#endif
