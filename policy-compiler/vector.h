/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bit vectors of rules, and the classes of one dimension: each distinct vector is one class,
 * numbered in the order in which it was first met.
 */
#ifndef VFG_POLICY_COMPILER_VECTOR_H
#define VFG_POLICY_COMPILER_VECTOR_H

#include "finder.h"
#include "nsgc.h"

/* A vector that changes bit by bit, with its hash: the sum (xor) of one random number for each set
 * bit. */
struct vfg_vector {
	uint64_t hash;
	uint64_t word[VFG_POLICY_WORDS_MAX];
};

/* Some bits of a vector: one piece for each word that has any. */
struct vfg_mask {
	uint32_t word;
	uint64_t bits;
	uint64_t hash;
	struct vfg_mask *next;
};

/* The classes of one dimension; vectors stand in pages as maps/policy.h lays them out. */
struct vfg_vectors {
	struct vfg_arena *arena;
	struct vfg_diag *diag;
	const char *what; /* for the message: "remote address classes" */
	uint32_t words;
	uint32_t per_page;
	uint32_t count;
	uint32_t page_count;
	uint8_t *page[VFG_POLICY_PAGES_MAX];
	struct vfg_finder finder;
};

/* Set a bit that is not set, or clear one that is. */
void vfg_vector_flip(struct vfg_vector *vector, uint32_t rule);
void vfg_vector_toggle(struct vfg_vector *vector, const struct vfg_mask *mask);

/**
 * vfg_mask_add - add one rule to a mask
 * @mask: its first piece, NULL where empty; rules come in ascending order
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_mask_add(struct vfg_arena *arena, struct vfg_mask **mask, uint32_t rule);

/* What a vector of this many words takes, its summary included. */
uint32_t vfg_vectors_bytes(uint32_t words);
/* Vectors of this many words to a page. */
uint32_t vfg_vectors_per_page(uint32_t words);
/* (class * reciprocal) >> 32 == class / per_page, for all 16-bit classes; proved by test_classes.
 */
uint32_t vfg_vectors_reciprocal(uint32_t per_page);

/**
 * vfg_vectors_intern - the class of a vector, a new one where it was not seen before
 *
 * Return: 0, -E2BIG beyond VFG_POLICY_CLASSES_MAX or VFG_POLICY_PAGES_MAX (said in vectors->diag),
 * or -ENOMEM.
 */
int vfg_vectors_intern(struct vfg_vectors *vectors, const struct vfg_vector *vector,
		       uint32_t *ret_class);

#endif
