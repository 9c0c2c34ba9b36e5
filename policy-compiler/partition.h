/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One dimension of a compiled policy as a number line: its tries and tables read back into
 * intervals of one class each.
 */
#ifndef VFG_POLICY_COMPILER_PARTITION_H
#define VFG_POLICY_COMPILER_PARTITION_H

#include "sweep.h"
#include "tables.h"

/*
 * The line of services: destination ports of TCP, then those of UDP, then the other protocols by
 * their number. Example: TCP port 22 is 22, UDP port 53 is 65589, ESP is 131122.
 */
enum {
	VFG_LINE_TCP = 0,
	VFG_LINE_UDP = 65536,
	VFG_LINE_OTHER = 131072,
	VFG_LINE_END = VFG_LINE_OTHER + 255,
	/* The class of a dimension that no rule tests: every rule's bit is set. */
	VFG_PARTITION_EVERY = VFG_POLICY_CLASSES_MAX + 1,
};

/* The last number of a dimension's line. */
vfg_u128 vfg_partition_end(enum vfg_dimension dimension, enum vfg_family family);

/**
 * vfg_partition - the intervals of a dimension
 * @family: for addresses
 * @ret_intervals: classes of the policy, VFG_POLICY_CLASSES_MAX where a table leads nowhere
 *
 * Return: 0, -ENOMEM, or -EINVAL where a trie of the policy has more entries than any that the
 * compiler makes.
 */
int vfg_partition(struct vfg_arena *arena, const struct vfg_tables *tables,
		  enum vfg_dimension dimension, enum vfg_family family,
		  struct vfg_intervals *ret_intervals);

#endif
