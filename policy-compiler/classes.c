/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address classes: finds the distinct address sets of a role, gives each the mask of its rules, and
 * sweeps over their ranges, family by family.
 */
#include "classes.h"

#include <errno.h>
#include <linux/in.h>
#include <string.h>

/* A distinct set with the rules that name it. A rule of Icmp is in the mask of IPv4 only. */
struct member {
	const struct vfg_set *set;
	struct vfg_mask *mask[VFG_FAMILY_MAX];
};

struct members {
	struct vfg_arena *arena;
	size_t count;
	struct member *member; /* room for one a rule */
	struct vfg_finder by_pointer;
	struct vfg_finder by_content;
};

static const struct vfg_set *set_of(const struct vfg_numbered *slot, enum vfg_role role)
{
	bool source = (slot->direction == VFG_INBOUND) == (role == VFG_ROLE_REMOTE);

	return source ? slot->rule->source : slot->rule->destination;
}

static uint64_t content_hash(const struct vfg_set *set)
{
	uint64_t hash = vfg_finder_mix(set->any);

	for (int family = 0; family < VFG_FAMILY_MAX && !set->any; family++) {
		hash = vfg_finder_mix(hash ^ set->count[family]);
		hash = vfg_finder_hash(hash, set->range[family],
				       set->count[family] * sizeof(*set->range[family]));
	}
	return hash;
}

static bool same_content(const struct vfg_set *left, const struct vfg_set *right)
{
	if (left->any || right->any)
		return left->any && right->any;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		size_t count = left->count[family];

		if (count != right->count[family])
			return false;
		if (count && memcmp(left->range[family], right->range[family],
				    count * sizeof(*left->range[family])))
			return false;
	}
	return true;
}

/* By content, for sets that were not yet met by address: a big set is hashed once, not once a rule.
 */
static int find_content(struct members *members, const struct vfg_set *set, uint32_t *ret_index)
{
	uint64_t hash = content_hash(set);
	size_t cursor = 0;
	uint32_t index;
	int err;

	for (;;) {
		index = vfg_finder_next(&members->by_content, hash, &cursor);
		if (index == VFG_FINDER_NONE)
			break;
		if (same_content(members->member[index].set, set)) {
			*ret_index = index;
			return 0;
		}
	}
	index = (uint32_t)members->count;
	err = vfg_finder_add(&members->by_content, hash, index);
	if (err)
		return err;
	members->member[members->count++].set = set;
	*ret_index = index;
	return 0;
}

static int find_member(struct members *members, const struct vfg_set *set, uint32_t *ret_index)
{
	uint64_t hash = vfg_finder_mix((uintptr_t)set);
	size_t cursor = 0;
	int err;

	/* The mix is a bijection: equal hashes are equal addresses. */
	*ret_index = vfg_finder_next(&members->by_pointer, hash, &cursor);
	if (*ret_index != VFG_FINDER_NONE)
		return 0;
	err = find_content(members, set, ret_index);
	if (err)
		return err;
	return vfg_finder_add(&members->by_pointer, hash, *ret_index);
}

static int collect(const struct vfg_numbering *numbering, enum vfg_role role,
		   struct members *members)
{
	for (uint32_t number = 0; number < numbering->words * 64; number++) {
		const struct vfg_numbered *slot = &numbering->slot[number];
		struct member *member;
		uint32_t index;
		int err;

		if (!slot->rule)
			continue;
		err = find_member(members, set_of(slot, role), &index);
		if (err)
			return err;
		member = &members->member[index];
		err = vfg_mask_add(members->arena, &member->mask[VFG_IPV4], number);
		if (!err && slot->rule->protocol != IPPROTO_ICMP)
			err = vfg_mask_add(members->arena, &member->mask[VFG_IPV6], number);
		if (err)
			return err;
	}
	return 0;
}

static int sweep_family(const struct members *members, enum vfg_family family,
			struct vfg_vectors *vectors, struct vfg_intervals *ret_intervals)
{
	struct vfg_edges edges = {.end = family == VFG_IPV4 ? UINT32_MAX : ~(vfg_u128)0};
	struct vfg_vector start = {0};
	size_t ranges = 0;

	for (size_t i = 0; i < members->count; i++)
		ranges += members->member[i].set->any ? 0 : members->member[i].set->count[family];
	edges.edge = vfg_arena_array(members->arena, ranges * 2 + 1, sizeof(*edges.edge));
	if (!edges.edge)
		return -ENOMEM;
	for (size_t i = 0; i < members->count; i++) {
		const struct member *member = &members->member[i];
		const struct vfg_set *set = member->set;

		if (set->any)
			vfg_vector_toggle(&start, member->mask[family]);
		for (size_t j = 0; j < set->count[family] && !set->any; j++)
			vfg_edges_add(&edges, set->range[family][j].first,
				      set->range[family][j].last, member->mask[family]);
	}
	return vfg_sweep(&edges, &start, vectors, ret_intervals);
}

int vfg_classes_build(const struct vfg_numbering *numbering, enum vfg_role role,
		      struct vfg_vectors *vectors,
		      struct vfg_intervals ret_intervals[VFG_FAMILY_MAX])
{
	struct members members = {
		.arena = vectors->arena,
		.by_pointer.arena = vectors->arena,
		.by_content.arena = vectors->arena,
	};
	int err;

	members.member =
		vfg_arena_array(vectors->arena, numbering->rules + 1, sizeof(*members.member));
	if (!members.member)
		return -ENOMEM;
	err = collect(numbering, role, &members);
	for (int family = 0; family < VFG_FAMILY_MAX && !err; family++)
		err = sweep_family(&members, family, vectors, &ret_intervals[family]);
	return err;
}
