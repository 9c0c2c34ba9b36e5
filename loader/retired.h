/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that the policy in force has no more: flows outlive the policy that allowed them, and
 * counters go on under the rule's id. A map pinned beside the others as `retired`, which lives and
 * dies with them, keeps what they were called until their ids are given to others.
 *
 *   uint32_t bytes of all records | uint32_t 0 | record | record | ...
 *   record: struct vfg_retired_head, then three texts with their NULs, padded to 8 bytes
 */
#ifndef VFG_LOADER_RETIRED_H
#define VFG_LOADER_RETIRED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../policy-compiler/nsgc.h"
#include "pin.h"

struct vfg_retired_head {
	uint32_t id;
	uint32_t bytes; /* of the record, this head and the padding included */
	uint8_t direction;
	uint8_t stage;
	uint8_t action; /* enum vfg_action */
	uint8_t pad0[5];
};

struct vfg_retired_rule {
	uint32_t id;
	uint8_t direction;
	uint8_t stage;
	uint8_t action;
	const char *name;    /* "securityRules/X" */
	const char *list;    /* the NSG's name */
	const char *list_id; /* as struct vfg_rule_info's list_offset */
};

/* Begins zeroed, which is an empty one. */
struct vfg_retired {
	const void *records;
	size_t bytes;
	void *memory; /* that is mapped, or NULL */
	size_t memory_bytes;
};

/**
 * vfg_retired_next - walk the rules
 * @at: 0 to begin
 * @ret_rule: points into @retired
 *
 * Return: false at the end, and where a record is not whole. Pure.
 */
bool vfg_retired_next(const struct vfg_retired *retired, size_t *at,
		      struct vfg_retired_rule *ret_rule);

/**
 * vfg_retired_write - the records of those that stay nameless otherwise
 * @before: what was retired already
 * @old: the policy that goes
 * @in_use: VFG_POLICY_RULES_MAX flags, ids of the policy that comes
 *
 * Pure.
 */
void vfg_retired_write(const struct vfg_retired *before, const struct vfg_tables *old,
		       const bool *in_use, FILE *to);

/* Return: 0, an empty one too, or -errno. */
int vfg_retired_open(const struct vfg_pins *pins, struct vfg_retired *ret_retired);
void vfg_retired_close(struct vfg_retired *retired);
#define autoretired __attribute__((cleanup(vfg_retired_close)))

/**
 * vfg_retired_keep - replace what is pinned, before a policy is put in force
 * @old, @in_use: as vfg_retired_write()
 *
 * Return: 0 or -errno, with the one before in its place still.
 */
int vfg_retired_keep(const struct vfg_pins *pins, const struct vfg_tables *old, const bool *in_use);

#endif
