/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors and classes. A class is a vector: where no rule tells two packets apart in a dimension,
 * they share one.
 */
#include "vector.h"

#include <errno.h>
#include <string.h>

void vfg_vector_flip(struct vfg_vector *vector, uint32_t rule)
{
	vector->word[rule / 64] ^= 1ULL << rule % 64;
	vector->hash ^= vfg_finder_mix(rule);
}

void vfg_vector_toggle(struct vfg_vector *vector, const struct vfg_mask *mask)
{
	for (; mask; mask = mask->next) {
		vector->word[mask->word] ^= mask->bits;
		vector->hash ^= mask->hash;
	}
}

int vfg_mask_add(struct vfg_arena *arena, struct vfg_mask **mask, uint32_t rule)
{
	struct vfg_mask *piece = *mask;

	if (!piece || piece->word != rule / 64) {
		piece = vfg_arena_alloc(arena, sizeof(*piece));
		if (!piece)
			return -ENOMEM;
		piece->word = rule / 64;
		piece->next = *mask;
		*mask = piece;
	}
	piece->bits |= 1ULL << rule % 64;
	piece->hash ^= vfg_finder_mix(rule);
	return 0;
}

static uint32_t summaries_of(uint32_t words)
{
	return (words + 63) / 64;
}

uint32_t vfg_vectors_bytes(uint32_t words)
{
	return (summaries_of(words) + words) * (uint32_t)sizeof(uint64_t);
}

uint32_t vfg_vectors_per_page(uint32_t words)
{
	return VFG_POLICY_PAGE_BYTES / vfg_vectors_bytes(words);
}

uint32_t vfg_vectors_reciprocal(uint32_t per_page)
{
	return (uint32_t)(((1ULL << 32) + per_page - 1) / per_page);
}

/* A vector's summary; its words follow. */
static uint64_t *summary_at(const struct vfg_vectors *vectors, uint32_t class_id)
{
	uint32_t page = class_id / vectors->per_page;
	uint32_t row = class_id % vectors->per_page;

	return (uint64_t *)(vectors->page[page] + (size_t)row * vfg_vectors_bytes(vectors->words));
}

static uint64_t *vector_at(const struct vfg_vectors *vectors, uint32_t class_id)
{
	return summary_at(vectors, class_id) + summaries_of(vectors->words);
}

static void write_vector(const struct vfg_vectors *vectors, uint32_t class_id,
			 const struct vfg_vector *vector)
{
	uint64_t *summary = summary_at(vectors, class_id);

	memcpy(vector_at(vectors, class_id), vector->word, vectors->words * sizeof(uint64_t));
	for (uint32_t word = 0; word < vectors->words; word++) {
		if (vector->word[word])
			summary[word / 64] |= 1ULL << word % 64;
	}
}

static int too_large(const struct vfg_vectors *vectors, const char *unit, uint32_t limit)
{
	struct vfg_place nowhere = {"", "", ""};

	vfg_diag_add(vectors->diag, VFG_ERROR, nowhere, "PolicyTooLarge",
		     "more than %u %s%s: use fewer rules, prefixes or ports", limit, unit,
		     vectors->what);
	return -E2BIG;
}

static int add_class(struct vfg_vectors *vectors, const struct vfg_vector *vector)
{
	uint32_t class_id = vectors->count;
	int err;

	if (class_id >= VFG_POLICY_CLASSES_MAX)
		return too_large(vectors, "", VFG_POLICY_CLASSES_MAX);
	if (class_id / vectors->per_page >= VFG_POLICY_PAGES_MAX)
		return too_large(vectors, "pages of ", VFG_POLICY_PAGES_MAX);
	if (class_id / vectors->per_page >= vectors->page_count) {
		uint8_t *page = vfg_arena_alloc(vectors->arena, VFG_POLICY_PAGE_BYTES);

		if (!page)
			return -ENOMEM;
		vectors->page[vectors->page_count++] = page;
	}
	err = vfg_finder_add(&vectors->finder, vector->hash, class_id);
	if (err)
		return err;
	write_vector(vectors, class_id, vector);
	vectors->count++;
	return 0;
}

int vfg_vectors_intern(struct vfg_vectors *vectors, const struct vfg_vector *vector,
		       uint32_t *ret_class)
{
	size_t bytes = vectors->words * sizeof(uint64_t);
	size_t cursor = 0;
	uint32_t class_id;
	int err;

	for (;;) {
		class_id = vfg_finder_next(&vectors->finder, vector->hash, &cursor);
		if (class_id == VFG_FINDER_NONE)
			break;
		if (!memcmp(vector_at(vectors, class_id), vector->word, bytes)) {
			*ret_class = class_id;
			return 0;
		}
	}
	class_id = vectors->count;
	err = add_class(vectors, vector);
	if (err)
		return err;
	*ret_class = class_id;
	return 0;
}
