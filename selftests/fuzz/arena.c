/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena of the fuzz builds, in place of the library's: every allocation stands alone, so that
 * the sanitizer sees what reaches over an end, which inside a chunk nobody would.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

void *vfg_arena_array(struct vfg_arena *arena, size_t count, size_t item_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		return NULL;
	return vfg_arena_alloc(arena, bytes);
}

char *vfg_arena_format(struct vfg_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length >= 0)
		text = vfg_arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

char *vfg_arena_strndup(struct vfg_arena *arena, const char *text, size_t length)
{
	char *copy = vfg_arena_alloc(arena, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

size_t vfg_arena_used(const struct vfg_arena *arena)
{
	return arena->used;
}
