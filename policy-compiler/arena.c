/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of one compile: chunks that only grow and are released together. What is asked for is
 * counted against a limit, so that hostile input ends in -ENOMEM and not in a dead machine.
 */
#include <stdlib.h>
#include <string.h>

#include "nsgc.h"

enum {
	ALIGN_BYTES = 16,
	CHUNK_BYTES = 256 * 1024,
};

struct chunk {
	struct chunk *next;
	size_t room;
	size_t used;
	size_t pad;
	unsigned char memory[];
};

struct vfg_arena {
	struct chunk *chunk; /* the one that is filled now, older ones behind it */
	size_t limit;
	size_t used;
};

_Static_assert(sizeof(struct chunk) % ALIGN_BYTES == 0, "memory[] is aligned as malloc aligns");

/* A large request gets a chunk of its own, behind the one being filled, so that no room is lost. */
static struct chunk *chunk_add(struct vfg_arena *arena, size_t bytes)
{
	size_t room = bytes > CHUNK_BYTES / 4 ? bytes : CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + room);

	if (!chunk)
		return NULL;
	chunk->room = room;
	if (room == CHUNK_BYTES || !arena->chunk) {
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	} else {
		chunk->next = arena->chunk->next;
		arena->chunk->next = chunk;
	}
	return chunk;
}

struct vfg_arena *vfg_arena_new(size_t limit_bytes)
{
	struct vfg_arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->limit = limit_bytes;
	return arena;
}

void vfg_arena_free(struct vfg_arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunk; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void *vfg_arena_alloc(struct vfg_arena *arena, size_t bytes)
{
	struct chunk *chunk = arena->chunk;
	void *memory;

	if (bytes > arena->limit - arena->used)
		return NULL;
	bytes = bytes ? (bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1) : ALIGN_BYTES;
	if (bytes > arena->limit - arena->used)
		return NULL;
	if (!chunk || bytes > chunk->room - chunk->used)
		chunk = chunk_add(arena, bytes);
	if (!chunk)
		return NULL;
	memory = chunk->memory + chunk->used;
	chunk->used += bytes;
	arena->used += bytes;
	return memory;
}

size_t vfg_arena_used(const struct vfg_arena *arena)
{
	return arena->used;
}
