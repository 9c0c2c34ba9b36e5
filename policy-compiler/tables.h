/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pieces of a compiled policy, for the rooms that look at more than one verdict. Every read is
 * checked against the arena's end.
 */
#ifndef VFG_POLICY_COMPILER_TABLES_H
#define VFG_POLICY_COMPILER_TABLES_H

#include "nsgc.h"

/* Bytes of the arena. Return: NULL where they do not lie inside it. */
const void *vfg_tables_at(const struct vfg_tables *tables, uint64_t offset, size_t bytes);

/* The class of a packet's address. Return: false where the trie leads nowhere. */
bool vfg_tables_address(const struct vfg_tables *tables, enum vfg_role role,
			const struct vfg_tuple *tuple, uint32_t *ret_class);

/* An entry of a table of classes by port or by protocol, VFG_POLICY_CLASSES_MAX where it is not
 * there. */
uint32_t vfg_tables_entry(const struct vfg_tables *tables, uint32_t table, uint16_t index);

/* The vector of a class, `words` long. Return: NULL where there is no such class. */
const uint64_t *vfg_tables_vector(const struct vfg_tables *tables, enum vfg_dimension dimension,
				  uint32_t class_id);

/* All rules, by number: words * 64 of them. */
const struct vfg_rule *vfg_tables_rules(const struct vfg_tables *tables);

#endif
