/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room in a policy arena: hands out offsets, holds the bytes. What they mean is the callers'
 * business.
 */
#include "pages.h"

#include <errno.h>

enum {
	SMALLEST_ORDER = 3, /* 8 bytes: the unit of a trie node's index */
};

static int check_room(const struct vfg_pages *pages, size_t count)
{
	struct vfg_place nowhere = {"", "", ""};

	if (count <= VFG_POLICY_PAGES_MAX - pages->count)
		return 0;
	vfg_diag_add(
		pages->diag, VFG_ERROR, nowhere, "PolicyTooLarge",
		"the tables need %zu pages of 64 KiB or more, the limit is %d: use fewer rules "
		"or prefixes",
		pages->count + count, VFG_POLICY_PAGES_MAX);
	return -E2BIG;
}

static int take_pages(struct vfg_pages *pages, size_t count, uint32_t *ret_offset)
{
	uint8_t *memory;
	int err;

	err = check_room(pages, count);
	if (err)
		return err;
	memory = vfg_arena_array(pages->arena, count, VFG_POLICY_PAGE_BYTES);
	if (!memory)
		return -ENOMEM;
	*ret_offset = pages->count << VFG_POLICY_PAGE_BITS;
	for (size_t i = 0; i < count; i++)
		pages->page[pages->count++] = memory + i * VFG_POLICY_PAGE_BYTES;
	return 0;
}

static uint32_t order_of(size_t bytes)
{
	uint32_t order = SMALLEST_ORDER;

	while (((size_t)1 << order) < bytes)
		order++;
	return order;
}

int vfg_pages_take(struct vfg_pages *pages, size_t bytes, uint32_t *ret_offset)
{
	uint32_t order, found, offset = 0;
	int err;

	if (bytes > VFG_POLICY_PAGE_BYTES / 2)
		return take_pages(pages,
				  (bytes + VFG_POLICY_PAGE_BYTES - 1) >> VFG_POLICY_PAGE_BITS,
				  ret_offset);
	order = order_of(bytes);
	for (found = order; found < VFG_POLICY_PAGE_BITS && !pages->spare[found]; found++)
		;
	if (found < VFG_POLICY_PAGE_BITS) {
		offset = pages->spare[found];
		pages->spare[found] = 0;
	} else {
		err = take_pages(pages, 1, &offset);
		if (err)
			return err;
	}
	while (found-- > order)
		pages->spare[found] = offset + (1U << found);
	*ret_offset = offset;
	return 0;
}

int vfg_pages_adopt(struct vfg_pages *pages, uint8_t *const *page, uint32_t count,
		    uint32_t *ret_offset)
{
	int err = check_room(pages, count);

	if (err)
		return err;
	*ret_offset = pages->count << VFG_POLICY_PAGE_BITS;
	for (uint32_t i = 0; i < count; i++)
		pages->page[pages->count++] = page[i];
	return 0;
}

void *vfg_pages_at(const struct vfg_pages *pages, uint32_t offset)
{
	return pages->page[offset >> VFG_POLICY_PAGE_BITS] + (offset & (VFG_POLICY_PAGE_BYTES - 1));
}
