/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries and tables, read back in ascending order.
 */
#include "partition.h"

#include <errno.h>
#include <string.h>

enum {
	FIRST_ROOM = 256,
	/* Entries of all tries of the largest arena; a trie that has more goes round in circles. */
	ENTRIES_MAX = VFG_POLICY_PAGES_MAX * (VFG_POLICY_PAGE_BYTES / 4),
	NOWHERE = VFG_POLICY_CLASSES_MAX,
};

struct line {
	struct vfg_arena *arena;
	const struct vfg_tables *tables;
	bool ipv6;
	size_t entries; /* walked so far */
	size_t room;
	struct vfg_intervals intervals;
};

/* A trie entry to walk: its number line begins at `first` and is 2^(128 - used) long where `used`
 * bits of the 128 are chosen, IPv4 in the topmost 32. */
struct entry {
	uint32_t value;
	uint32_t used;
	vfg_u128 first;
};

static int append(struct line *line, vfg_u128 first, uint32_t class_id)
{
	struct vfg_intervals *intervals = &line->intervals;
	struct vfg_interval *more;

	if (intervals->count && intervals->interval[intervals->count - 1].class_id == class_id)
		return 0;
	if (intervals->count == line->room) {
		size_t room = line->room ? line->room * 2 : FIRST_ROOM;

		more = vfg_arena_array(line->arena, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		if (intervals->count)
			memcpy(more, intervals->interval, intervals->count * sizeof(*more));
		intervals->interval = more;
		line->room = room;
	}
	intervals->interval[intervals->count++] =
		(struct vfg_interval){.first = first, .class_id = class_id};
	return 0;
}

static int append_address(struct line *line, vfg_u128 first, uint32_t class_id)
{
	if (line->entries++ == ENTRIES_MAX)
		return -EINVAL;
	if (class_id >= VFG_POLICY_CLASSES_MAX)
		class_id = NOWHERE;
	return append(line, line->ipv6 ? first : first >> 96, class_id);
}

static int walk_tail(struct line *line, const struct entry *entry)
{
	uint64_t offset = (uint64_t)(entry->value & VFG_TRIE_INDEX_MASK) * VFG_TRIE_TAIL_UNIT;
	const struct vfg_tail *tail = vfg_tables_at(line->tables, offset, sizeof(*tail));
	uint64_t count = tail ? tail->first : 0;

	if (count < 1 || count > 1 << VFG_TRIE_TAIL_STEPS)
		return append_address(line, entry->first, NOWHERE);
	tail = vfg_tables_at(line->tables, offset, (count + 1) * sizeof(*tail));
	if (!tail)
		return append_address(line, entry->first, NOWHERE);
	for (uint64_t i = 1; i <= count; i++) {
		int err = append_address(line, entry->first | tail[i].first, tail[i].class_id);

		if (err)
			return err;
	}
	return 0;
}

/* As deep as a trie may be, VFG_TRIE_DEPTH_V6. */
static int walk(struct line *line, const struct entry *entry)
{
	uint32_t stride = (entry->value >> VFG_TRIE_STRIDE_SHIFT & 0xf) + 1;
	uint32_t used = entry->used + stride, bits = line->ipv6 ? 64 : 32;
	uint64_t offset = (uint64_t)(entry->value & VFG_TRIE_INDEX_MASK) * VFG_TRIE_NODE_UNIT;

	if (entry->value >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_LEAF)
		return append_address(line, entry->first, entry->value & VFG_TRIE_INDEX_MASK);
	if (entry->value >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_TAIL && line->ipv6)
		return walk_tail(line, entry);
	if (entry->value >> VFG_TRIE_KIND_SHIFT != VFG_TRIE_NODE || used > bits)
		return append_address(line, entry->first, NOWHERE);
	for (uint32_t i = 0; i < 1U << stride; i++) {
		const uint32_t *value =
			vfg_tables_at(line->tables, offset + i * sizeof(*value), sizeof(*value));
		const struct entry next = {
			.value = value ? *value : 0xffffffff,
			.used = used,
			.first = entry->first | (vfg_u128)i << (128 - used),
		};
		int err = walk(line, &next);

		if (err)
			return err;
	}
	return 0;
}

static int walk_table(struct line *line, uint32_t table, vfg_u128 first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		int err =
			append(line, first + i, vfg_tables_entry(line->tables, table, (uint16_t)i));

		if (err)
			return err;
	}
	return 0;
}

static int walk_service(struct line *line)
{
	const struct vfg_policy *policy = line->tables->policy;
	int err;

	err = walk_table(line, policy->service_tcp, VFG_LINE_TCP, 65536);
	if (!err)
		err = walk_table(line, policy->service_udp, VFG_LINE_UDP, 65536);
	if (!err)
		err = walk_table(line, policy->service_other, VFG_LINE_OTHER, 256);
	return err;
}

static int walk_source_port(struct line *line)
{
	uint32_t table = line->tables->policy->source_port;

	return table ? walk_table(line, table, 0, 65536) : append(line, 0, VFG_PARTITION_EVERY);
}

vfg_u128 vfg_partition_end(enum vfg_dimension dimension, enum vfg_family family)
{
	switch (dimension) {
	case VFG_DIM_LOCAL:
	case VFG_DIM_REMOTE:
		return family == VFG_IPV4 ? UINT32_MAX : ~(vfg_u128)0;
	case VFG_DIM_SERVICE:
		return VFG_LINE_END;
	case VFG_DIM_SOURCE_PORT:
	case VFG_DIM_MAX:
		break;
	}
	return 65535;
}

int vfg_partition(struct vfg_arena *arena, const struct vfg_tables *tables,
		  enum vfg_dimension dimension, enum vfg_family family,
		  struct vfg_intervals *ret_intervals)
{
	struct line line = {.arena = arena, .tables = tables, .ipv6 = family == VFG_IPV6};
	struct entry top = {0};
	int err;

	if (dimension == VFG_DIM_SERVICE) {
		err = walk_service(&line);
	} else if (dimension == VFG_DIM_SOURCE_PORT) {
		err = walk_source_port(&line);
	} else {
		top.value = tables->policy->trie[dimension][family];
		err = walk(&line, &top);
	}
	*ret_intervals = line.intervals;
	return err;
}
