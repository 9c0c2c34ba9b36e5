/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address tries: intervals of classes in, the nodes and tails of maps/policy.h out.
 */
#ifndef VFG_POLICY_COMPILER_TRIE_H
#define VFG_POLICY_COMPILER_TRIE_H

#include "pages.h"
#include "sweep.h"

/**
 * vfg_trie_build - the trie of one family
 * @intervals: the whole line of the family
 * @pages: where nodes and tails go; equal nodes are kept once
 * @ret_entry: the top entry
 *
 * Return: 0, -E2BIG (said in pages->diag) or -ENOMEM.
 */
int vfg_trie_build(const struct vfg_intervals *intervals, enum vfg_family family,
		   struct vfg_pages *pages, uint32_t *ret_entry);

#endif
