/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares two policies, direction by direction and family by family, and puts the regions in
 * order.
 */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "region.h"

const struct vfg_diff_limits vfg_diff_limits_usual = {
	.steps = 2000000000, /* some seconds; two policies of 1,000 rules that have 4 changed rules
				take a thousandth of it */
	.regions = 100000,
};

static const char *const direction_name[] = {"Inbound", "Outbound"};
static const char *const family_name[] = {"IPv4", "IPv6"};

static int refuse(struct vfg_diag *diag, const struct vfg_pair *pair, int err)
{
	struct vfg_place nowhere = {"", "", ""};
	const char *direction = direction_name[pair->direction];
	const char *family = family_name[pair->family];

	if (err == -E2BIG)
		vfg_diag_add(diag, VFG_ERROR, nowhere, "DiffTooLarge",
			     "%s, %s: the policies differ in too many ways to list them all: "
			     "compare versions with fewer changes between them, or one NSG at a "
			     "time, or ask verify --batch about the flows that matter",
			     direction, family);
	else if (err == -EINVAL)
		vfg_diag_add(diag, VFG_ERROR, nowhere, "PolicyDamaged",
			     "%s, %s: damaged policy image: compile it again", direction, family);
	else
		vfg_diag_add(diag, VFG_ERROR, nowhere, "OutOfMemory",
			     "%s, %s: the comparison needs too much memory: compare versions "
			     "with fewer changes between them, or one NSG at a time",
			     direction, family);
	return err;
}

static bool same_ranges(const struct vfg_ranges *one, const struct vfg_ranges *two)
{
	return one->count == two->count &&
	       !memcmp(one->range, two->range, one->count * sizeof(*one->range));
}

static bool is_whole(const struct vfg_region *region)
{
	for (int role = 0; role < VFG_ROLE_MAX; role++) {
		const struct vfg_ranges *line = &region->line[role];

		if (line->count != 1 || line->range[0].first != 0 ||
		    line->range[0].last != vfg_partition_end(role, region->family))
			return false;
	}
	return true;
}

static bool same_but_family(const struct vfg_region *one, const struct vfg_region *two)
{
	return one->direction == two->direction && one->family != two->family &&
	       one->verdict[VFG_BEFORE].number == two->verdict[VFG_BEFORE].number &&
	       one->verdict[VFG_AFTER].number == two->verdict[VFG_AFTER].number &&
	       one->verdict[VFG_BEFORE].allow == two->verdict[VFG_BEFORE].allow &&
	       same_ranges(&one->line[VFG_DIM_SERVICE], &two->line[VFG_DIM_SERVICE]) &&
	       same_ranges(&one->line[VFG_DIM_SOURCE_PORT], &two->line[VFG_DIM_SOURCE_PORT]);
}

/* A region of all IPv4 and one of all IPv6 that are equal otherwise are one of all addresses. */
static void join_families(struct vfg_regions *regions)
{
	size_t kept = 0;

	for (size_t i = 0; i < regions->count; i++) {
		struct vfg_region *region = &regions->region[i];
		bool joined = false;

		for (size_t j = 0; is_whole(region) && j < kept && !joined; j++) {
			struct vfg_region *other = &regions->region[j];

			if (other->family == VFG_FAMILY_MAX || !is_whole(other) ||
			    !same_but_family(region, other))
				continue;
			other->family = VFG_FAMILY_MAX;
			joined = true;
		}
		if (!joined)
			regions->region[kept++] = *region;
	}
	regions->count = kept;
}

static int compare_lines(const struct vfg_region *a, const struct vfg_region *b)
{
	for (int dimension = VFG_DIM_MAX - 1; dimension >= 0; dimension--) {
		vfg_u128 one = a->line[dimension].range[0].first;
		vfg_u128 two = b->line[dimension].range[0].first;

		if (one != two)
			return one < two ? -1 : 1;
	}
	return 0;
}

/* Regions of a direction and family share no flow, so no two are equal in everything; the first
 * numbers of their lines may be, then the order in which they were found stays out of it. */
static int compare(const void *left, const void *right)
{
	const struct vfg_region *a = left, *b = right;

	if (a->direction != b->direction)
		return a->direction < b->direction ? -1 : 1;
	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		if (a->verdict[version].number != b->verdict[version].number)
			return a->verdict[version].number < b->verdict[version].number ? -1 : 1;
	}
	if (a->verdict[VFG_BEFORE].allow != b->verdict[VFG_BEFORE].allow)
		return a->verdict[VFG_BEFORE].allow ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return compare_lines(a, b);
}

int vfg_diff_find(struct vfg_arena *arena, const struct vfg_tables *before,
		  const struct vfg_tables *after, const struct vfg_diff_limits *limits,
		  struct vfg_diag *diag, struct vfg_diff *ret_diff)
{
	struct vfg_regions regions = {.arena = arena, .limit = limits->regions};
	uint64_t work = limits->steps;

	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		for (int family = 0; family < VFG_FAMILY_MAX; family++) {
			struct vfg_pair pair = {
				.tables = {before, after},
				.direction = direction,
				.family = family,
			};
			struct vfg_diagram diagram;
			int err;

			err = vfg_pair_lay(&pair);
			if (!err)
				err = vfg_diagram_build(arena, &pair, &work, &diagram);
			if (!err)
				err = vfg_regions_add(&regions, &pair, &diagram);
			if (err)
				return refuse(diag, &pair, err);
		}
	}
	join_families(&regions);
	if (regions.count)
		qsort(regions.region, regions.count, sizeof(*regions.region), compare);
	*ret_diff = (struct vfg_diff){.count = regions.count, .region = regions.region};
	return 0;
}

int vfg_diff(struct vfg_arena *arena, const struct vfg_tables *before,
	     const struct vfg_tables *after, bool json, struct vfg_diag *diag, bool *ret_differs,
	     const char **ret_text)
{
	struct vfg_place nowhere = {"", "", ""};
	struct vfg_diff diff;
	int err;

	err = vfg_diff_find(arena, before, after, &vfg_diff_limits_usual, diag, &diff);
	if (err)
		return err;
	err = vfg_diff_print(arena, &diff, json, ret_text);
	if (err)
		vfg_diag_add(diag, VFG_ERROR, nowhere, "OutOfMemory",
			     "the list of %zu regions needs too much memory: compare versions with "
			     "fewer changes between them, or one NSG at a time",
			     diff.count);
	*ret_differs = diff.count > 0;
	return err;
}
