/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy arena under construction (maps/policy.h): pages of 64 KiB, addressed by offset, that
 * only grow. Nothing taken from it straddles a page, unless it is larger than one.
 */
#ifndef VFG_POLICY_COMPILER_PAGES_H
#define VFG_POLICY_COMPILER_PAGES_H

#include "nsgc.h"

/*
 * Pages are split in halves until a piece fits (a buddy allocator that never frees). A split leaves
 * at most one spare piece of each size: it only happens where all smaller sizes have none.
 */
struct vfg_pages {
	struct vfg_arena *arena;
	struct vfg_diag *diag;
	uint32_t count;
	uint8_t *page[VFG_POLICY_PAGES_MAX];
	/* Offset of the spare piece of 2^order bytes; 0 where none (offset 0 is the head). */
	uint32_t spare[VFG_POLICY_PAGE_BITS];
};

/**
 * vfg_pages_take - zeroed room in the policy arena
 * @bytes: up to a page: rounded up to a power of two and naturally aligned; above: whole pages in a
 * row, which lie in a row in memory too
 * @ret_offset: 0 for the very first
 *
 * Return: 0, -E2BIG beyond VFG_POLICY_PAGES_MAX (said in pages->diag), or -ENOMEM.
 */
int vfg_pages_take(struct vfg_pages *pages, size_t bytes, uint32_t *ret_offset);

/**
 * vfg_pages_adopt - append pages that were filled elsewhere
 *
 * Return: 0 or -E2BIG, said in pages->diag.
 */
int vfg_pages_adopt(struct vfg_pages *pages, uint8_t *const *page, uint32_t count,
		    uint32_t *ret_offset);

/* Memory behind an offset, good to the end of what was taken there. */
void *vfg_pages_at(const struct vfg_pages *pages, uint32_t offset);

#endif
