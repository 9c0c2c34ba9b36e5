/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address tries: one node of 16 bits at the top, below it nodes of 4 to 8 bits, wide where the
 * edges are dense. Built from the leaves up, so that equal nodes are met as equal bytes and kept
 * once.
 */
#include "trie.h"

#include <errno.h>
#include <string.h>

enum {
	TOP_STRIDE = 16,
	STRIDE_MIN = 4,
	STRIDE_MAX = 8,
	/* A node of 2^s entries wants 2^(s-2) edges: half of its entries, then, may differ. */
	DENSITY_SHIFT = 2,
	TAIL_MAX = 1 << VFG_TRIE_TAIL_STEPS,
};

struct writer {
	struct vfg_pages *pages;
	struct vfg_finder finder; /* nodes by content; value = offset */
	const struct vfg_interval *interval;
	uint32_t address_bits;
	uint32_t key_bits;
};

/* A prefix, and the intervals that meet it: first..last. */
struct span {
	vfg_u128 base;
	uint32_t depth; /* bits of it that are decided */
	size_t first;
	size_t last;
};

static uint32_t entry_of(uint32_t kind, uint32_t stride, uint32_t index)
{
	uint32_t bits = kind == VFG_TRIE_NODE ? stride - 1 : 0;

	return kind << VFG_TRIE_KIND_SHIFT | bits << VFG_TRIE_STRIDE_SHIFT | index;
}

static uint32_t choose_stride(const struct writer *writer, const struct span *span)
{
	uint32_t left = writer->key_bits - span->depth;
	uint32_t stride = left < STRIDE_MAX ? left : STRIDE_MAX;
	size_t edges = span->last - span->first;

	if (span->depth == 0)
		return TOP_STRIDE;
	while (stride > STRIDE_MIN && edges < (size_t)1 << (stride - DENSITY_SHIFT))
		stride--;
	return stride;
}

static int write_tail(struct writer *writer, const struct span *span, uint32_t *ret_entry)
{
	struct vfg_place nowhere = {"", "", ""};
	size_t count = span->last - span->first + 1;
	struct vfg_tail *tail;
	uint32_t offset;
	int err;

	if (count > TAIL_MAX) {
		vfg_diag_add(writer->pages->diag, VFG_ERROR, nowhere, "PolicyTooLarge",
			     "%zu address intervals inside one IPv6 /64, the limit is %d", count,
			     TAIL_MAX);
		return -E2BIG;
	}
	err = vfg_pages_take(writer->pages, (count + 1) * sizeof(*tail), &offset);
	if (err)
		return err;
	tail = vfg_pages_at(writer->pages, offset);
	tail[0].first = count;
	for (size_t i = 0; i < count; i++) {
		const struct vfg_interval *interval = &writer->interval[span->first + i];

		tail[i + 1].first = i ? (uint64_t)interval->first : 0;
		tail[i + 1].class_id = interval->class_id;
	}
	*ret_entry = entry_of(VFG_TRIE_TAIL, 0, offset / VFG_TRIE_TAIL_UNIT);
	return 0;
}

static int place_node(struct writer *writer, const uint32_t *entry, uint32_t stride,
		      uint32_t *ret_entry)
{
	size_t bytes = sizeof(*entry) << stride;
	uint64_t hash = vfg_finder_hash(stride, entry, bytes);
	size_t cursor = 0;
	uint32_t offset;
	int err;

	/* Natural alignment: what is compared lies in one page, even where only the hash is the
	 * same. The top node has no equal and need not be looked for. */
	while (bytes <= VFG_POLICY_PAGE_BYTES) {
		offset = vfg_finder_next(&writer->finder, hash, &cursor);
		if (offset == VFG_FINDER_NONE)
			break;
		if (offset % bytes == 0 &&
		    !memcmp(vfg_pages_at(writer->pages, offset), entry, bytes)) {
			*ret_entry = entry_of(VFG_TRIE_NODE, stride, offset / VFG_TRIE_NODE_UNIT);
			return 0;
		}
	}
	err = vfg_pages_take(writer->pages, bytes, &offset);
	if (!err)
		err = vfg_finder_add(&writer->finder, hash, offset);
	if (err)
		return err;
	memcpy(vfg_pages_at(writer->pages, offset), entry, bytes);
	*ret_entry = entry_of(VFG_TRIE_NODE, stride, offset / VFG_TRIE_NODE_UNIT);
	return 0;
}

/* Narrow a span to the child at @base; *at is the last interval of the child before. */
static struct span child_of(const struct writer *writer, const struct span *span, vfg_u128 base,
			    uint32_t depth, size_t at)
{
	const struct vfg_interval *interval = writer->interval;
	vfg_u128 end = base + (((vfg_u128)1 << (writer->address_bits - depth)) - 1);
	struct span child = {.base = base, .depth = depth, .first = at};

	if (at < span->last && interval[at + 1].first == base)
		child.first++;
	child.last = child.first;
	while (child.last < span->last && interval[child.last + 1].first <= end)
		child.last++;
	return child;
}

/* Recursion: at most VFG_TRIE_DEPTH_V6 deep. */
static int build(struct writer *writer, const struct span *span, uint32_t *ret_entry)
{
	uint32_t narrow[1 << STRIDE_MAX];
	uint32_t *entry = narrow;
	uint32_t stride, depth;
	size_t at = span->first;

	if (span->first == span->last) {
		*ret_entry = entry_of(VFG_TRIE_LEAF, 0, writer->interval[at].class_id);
		return 0;
	}
	if (span->depth == writer->key_bits)
		return write_tail(writer, span, ret_entry);
	stride = choose_stride(writer, span);
	if (stride > STRIDE_MAX)
		entry = vfg_arena_array(writer->pages->arena, (size_t)1 << stride, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	depth = span->depth + stride;
	for (uint32_t i = 0; i < 1U << stride; i++) {
		vfg_u128 base = span->base + ((vfg_u128)i << (writer->address_bits - depth));
		struct span child = child_of(writer, span, base, depth, at);
		int err = build(writer, &child, &entry[i]);

		if (err)
			return err;
		at = child.last;
	}
	return place_node(writer, entry, stride, ret_entry);
}

int vfg_trie_build(const struct vfg_intervals *intervals, enum vfg_family family,
		   struct vfg_pages *pages, uint32_t *ret_entry)
{
	struct writer writer = {
		.pages = pages,
		.finder.arena = pages->arena,
		.interval = intervals->interval,
		.address_bits = family == VFG_IPV4 ? 32 : 128,
		.key_bits = family == VFG_IPV4 ? 32 : 64,
	};
	struct span all = {.last = intervals->count - 1};

	return build(&writer, &all, ret_entry);
}
