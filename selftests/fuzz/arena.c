/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena of the fuzz builds, in place of the library's: every allocation stands alone, so that
 * the sanitizer sees what reaches over an end, which inside a chunk nobody would.
 */
#include <stdlib.h>

#include "../../policy-compiler/nsgc.h"

struct block {
	struct block *next;
	size_t pad;
	unsigned char memory[];
};

struct vfg_arena {
	struct block *first;
	size_t limit;
	size_t used;
};

struct vfg_arena *vfg_arena_new(size_t limit_bytes)
{
	struct vfg_arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->limit = limit_bytes;
	return arena;
}

void vfg_arena_free(struct vfg_arena *arena)
{
	struct block *next;

	if (!arena)
		return;
	for (struct block *block = arena->first; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void *vfg_arena_alloc(struct vfg_arena *arena, size_t bytes)
{
	struct block *block;

	if (bytes > arena->limit - arena->used)
		return NULL;
	block = calloc(1, sizeof(*block) + bytes);
	if (!block)
		return NULL;
	block->next = arena->first;
	arena->first = block;
	arena->used += bytes;
	return block->memory;
}

size_t vfg_arena_used(const struct vfg_arena *arena)
{
	return arena->used;
}
