/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries against a linear scan of the intervals they were built from, walked by a reader of this
 * test's own, which holds them to every promise of maps/policy.h.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>

#include "../policy-compiler/trie.h"
#include "generate.h"

enum {
	EDGES_MAX = 600,
	CLASSES = 300,
	ROUNDS = 40,
};

struct fixture {
	struct vfg_arena *arena;
	struct vfg_diag *diag;
	struct vfg_pages *pages;
	struct vfg_intervals intervals;
	enum vfg_family family;
	uint32_t top;
};

static int compare_intervals(const void *left, const void *right)
{
	const struct vfg_interval *a = left;
	const struct vfg_interval *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

static vfg_u128 last_of(enum vfg_family family)
{
	return family == VFG_IPV4 ? UINT32_MAX : ~(vfg_u128)0;
}

/* Edges all over the line, and clusters: in one /16, around one /64, inside one /64. */
static vfg_u128 random_edge(struct vfg_random *random, enum vfg_family family)
{
	vfg_u128 wide = (vfg_u128)vfg_random_next(random) << 64 | vfg_random_next(random);
	vfg_u128 cluster = (vfg_u128)0x20010db800000000 << 64;

	if (family == VFG_IPV4)
		return vfg_random_below(random, 2) ? (uint32_t)wide : 0x0a010000 | (wide & 0xffff);
	switch (vfg_random_below(random, 4)) {
	case 0:
		return wide;
	case 1:
		return cluster | (wide & 0xffff) << 64;
	case 2:
		return cluster | (wide & UINT64_MAX);
	}
	return cluster | (wide & 0xff);
}

static struct fixture build_intervals(enum vfg_family family, struct vfg_interval *edges,
				      size_t count)
{
	struct fixture fixture = {.arena = vfg_arena_new(512 << 20), .family = family};
	size_t kept = 1;

	fixture.pages = vfg_arena_alloc(fixture.arena, sizeof(*fixture.pages));
	fixture.diag = vfg_arena_alloc(fixture.arena, sizeof(*fixture.diag));
	fixture.diag->arena = fixture.arena;
	fixture.pages->arena = fixture.arena;
	fixture.pages->diag = fixture.diag;
	qsort(edges, count, sizeof(*edges), compare_intervals);
	edges[0].first = 0;
	for (size_t i = 1; i < count; i++) {
		if (edges[i].first > edges[kept - 1].first &&
		    edges[i].class_id != edges[kept - 1].class_id)
			edges[kept++] = edges[i];
	}
	fixture.intervals = (struct vfg_intervals){.count = kept, .interval = edges};
	cr_assert(
		zero(int, vfg_trie_build(&fixture.intervals, family, fixture.pages, &fixture.top)));
	return fixture;
}

static uint32_t linear_class(const struct fixture *fixture, vfg_u128 address)
{
	uint32_t class_id = VFG_RULE_NONE;

	for (size_t i = 0; i < fixture->intervals.count; i++) {
		if (fixture->intervals.interval[i].first <= address)
			class_id = fixture->intervals.interval[i].class_id;
	}
	return class_id;
}

static uint32_t tail_class(const struct fixture *fixture, uint32_t offset, uint64_t low)
{
	const struct vfg_tail *tail = vfg_pages_at(fixture->pages, offset);
	uint64_t count = tail->first;
	uint32_t class_id = VFG_RULE_NONE;

	cr_assert(ge(u64, count, 2));
	cr_assert(le(u64, count, 1 << VFG_TRIE_TAIL_STEPS));
	cr_assert(zero(u64, tail[1].first));
	for (uint64_t i = 1; i <= count; i++) {
		cr_assert(i == 1 || tail[i].first > tail[i - 1].first);
		if (tail[i].first <= low)
			class_id = tail[i].class_id;
	}
	return class_id;
}

/* No node straddles a page it could fit in; its stride is one that the contract allows. */
static void check_node(const struct fixture *fixture, uint32_t offset, uint32_t stride,
		       uint32_t bits_left)
{
	uint32_t bytes = sizeof(uint32_t) << stride;
	uint32_t align = bytes < VFG_POLICY_PAGE_BYTES ? bytes : VFG_POLICY_PAGE_BYTES;

	cr_assert(zero(u32, offset % align));
	cr_assert(le(u32, offset + bytes, fixture->pages->count << VFG_POLICY_PAGE_BITS));
	cr_assert(le(u32, stride, bits_left));
	cr_assert(stride >= 4 || stride == bits_left);
}

static uint32_t walk(const struct fixture *fixture, vfg_u128 address)
{
	uint32_t bits = fixture->family == VFG_IPV4 ? 32 : 64, entry = fixture->top;
	uint64_t key = (uint64_t)(fixture->family == VFG_IPV4 ? address : address >> 64);
	int nodes = 0;

	while (entry >> 30 == VFG_TRIE_NODE) {
		uint32_t stride = (entry >> 26 & 15) + 1, offset = (entry & 0x3ffffff) * 8;
		const uint32_t *node = vfg_pages_at(fixture->pages, offset);

		check_node(fixture, offset, stride, bits);
		bits -= stride;
		entry = node[key >> bits & ((1U << stride) - 1)];
		nodes++;
	}
	cr_assert(le(int, nodes,
		     fixture->family == VFG_IPV4 ? VFG_TRIE_DEPTH_V4 : VFG_TRIE_DEPTH_V6));
	if (entry >> 30 == VFG_TRIE_LEAF)
		return entry;
	cr_assert(eq(u32, entry >> 30, VFG_TRIE_TAIL));
	cr_assert(zero(u32, bits));
	return tail_class(fixture, (entry & 0x3ffffff) * 16, (uint64_t)address);
}

static void check_at(const struct fixture *fixture, vfg_u128 address, uint64_t seed)
{
	vfg_u128 wrapped = address & last_of(fixture->family);

	cr_assert(eq(u32, walk(fixture, wrapped), linear_class(fixture, wrapped)),
		  "seed %llu, address %llx:%llx", (unsigned long long)seed,
		  (unsigned long long)(wrapped >> 64), (unsigned long long)wrapped);
}

static void compare_with_scan(enum vfg_family family, uint64_t seed)
{
	struct vfg_random random = {.state = seed};
	size_t count = 2 + vfg_random_below(&random, EDGES_MAX);
	struct vfg_interval edges[EDGES_MAX + 2];
	struct fixture fixture;

	for (size_t i = 0; i < count; i++)
		edges[i] = (struct vfg_interval){
			.first = random_edge(&random, family),
			.class_id = vfg_random_below(&random, CLASSES),
		};
	fixture = build_intervals(family, edges, count);
	for (size_t i = 0; i < fixture.intervals.count; i++) {
		check_at(&fixture, edges[i].first, seed);
		check_at(&fixture, edges[i].first - 1, seed);
		check_at(&fixture, edges[i].first + 1, seed);
		check_at(&fixture, random_edge(&random, family), seed);
	}
	vfg_arena_free(fixture.arena);
}

Test(trie, ipv4_agrees_with_a_linear_scan)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		compare_with_scan(VFG_IPV4, seed);
}

Test(trie, ipv6_agrees_with_a_linear_scan)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		compare_with_scan(VFG_IPV6, seed);
}

Test(trie, a_family_of_one_class_is_one_entry)
{
	struct vfg_interval edge = {.class_id = 7};
	struct fixture fixture = build_intervals(VFG_IPV6, &edge, 1);

	cr_expect(eq(u32, fixture.top, 7));
	cr_expect(zero(u32, fixture.pages->count));
	vfg_arena_free(fixture.arena);
}

/* The same picture in 256 places costs one node, not 256. */
Test(trie, equal_nodes_are_kept_once)
{
	struct vfg_interval edges[513];
	struct fixture fixture;

	for (uint32_t i = 0; i < 256; i++) {
		edges[i * 2] = (struct vfg_interval){.first = i << 16, .class_id = 0};
		edges[i * 2 + 1] = (struct vfg_interval){.first = i << 16 | 0x8000, .class_id = 1};
	}
	edges[512] = (struct vfg_interval){.first = 256 << 16, .class_id = 0};
	fixture = build_intervals(VFG_IPV4, edges, 513);
	cr_expect(eq(u32, walk(&fixture, 0x00ff7fff), 0));
	cr_expect(eq(u32, walk(&fixture, 0x00ff8000), 1));
	cr_expect(eq(u32, fixture.pages->count, 5), "four pages of the top node, one for the rest");
	cr_expect(ne(u32, fixture.pages->spare[6], 0), "and of that not even 128 bytes are gone");
	vfg_arena_free(fixture.arena);
}

/* The longest list that the programs' search can end in, and one more. */
Test(trie, a_tail_too_long_to_search_is_refused)
{
	const size_t limit = 1 << VFG_TRIE_TAIL_STEPS;
	struct vfg_interval *edges = calloc(limit + 2, sizeof(*edges));
	struct fixture fixture;
	uint32_t top;

	cr_assert(ne(ptr, edges, NULL));
	for (size_t i = 0; i < limit; i++)
		edges[i] = (struct vfg_interval){.first = i * 16, .class_id = (uint32_t)i & 0xffff};
	edges[limit] = (struct vfg_interval){.first = (vfg_u128)1 << 64, .class_id = 0};
	fixture = build_intervals(VFG_IPV6, edges, limit + 1);
	cr_expect(eq(u32, walk(&fixture, (limit - 1) * 16 + 15), (limit - 1) & 0xffff));

	edges[limit] = (struct vfg_interval){.first = limit * 16, .class_id = 1};
	edges[limit + 1] = (struct vfg_interval){.first = (vfg_u128)1 << 64, .class_id = 0};
	fixture.intervals.count = limit + 2;
	cr_expect(
		eq(int, vfg_trie_build(&fixture.intervals, VFG_IPV6, fixture.pages, &top), -E2BIG));
	cr_expect(eq(sz, fixture.diag->errors, 1));
	vfg_arena_free(fixture.arena);
	free(edges);
}
