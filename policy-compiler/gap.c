/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NICs do not tell about themselves, and which other JSON of the same NIC tells it.
 */
#include "gap.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "groupid.h"

enum {
	FIRST_ROOM = 64,
};

int vfg_gap_add(struct vfg_arena *arena, struct vfg_gap **gaps, struct vfg_nic_name nic,
		const char *says)
{
	struct vfg_gap *gap = vfg_arena_alloc(arena, sizeof(*gap));

	if (!gap || !says)
		return -ENOMEM;
	*gap = (struct vfg_gap){.next = *gaps, .nic = nic, .says = says};
	*gaps = gap;
	return 0;
}

static const char *key_of(struct vfg_nic_name nic)
{
	return nic.name ? nic.name : nic.id ? vfg_group_id_name(nic.id) : "";
}

int vfg_whole_nics_add(struct vfg_whole_nics *nics, struct vfg_nic_name nic)
{
	if (nics->count == nics->room) {
		size_t room = nics->room ? nics->room * 2 : FIRST_ROOM;
		struct vfg_nic_name *copy = vfg_arena_array(nics->index.arena, room, sizeof(*copy));

		if (!copy)
			return -ENOMEM;
		if (nics->count)
			memcpy(copy, nics->nic, nics->count * sizeof(*copy));
		nics->nic = copy;
		nics->room = room;
	}
	nics->nic[nics->count] = nic;
	return vfg_finder_add(&nics->index, vfg_finder_hash_name(key_of(nic)),
			      (uint32_t)nics->count++);
}

/* By their ids, where a template may leave parts open, or by name where one has no id. */
static bool same_nic(struct vfg_nic_name one, struct vfg_nic_name two)
{
	if (one.id && two.id)
		return vfg_group_id_match(one.id, two.id) != VFG_GROUP_DIFFERS;
	return *key_of(one) && !strcasecmp(key_of(one), key_of(two));
}

static bool is_filled(const struct vfg_gap *gap, const struct vfg_whole_nics *nics)
{
	uint64_t hash = vfg_finder_hash_name(key_of(gap->nic));
	size_t cursor = 0;
	uint32_t at;

	while ((at = vfg_finder_next(&nics->index, hash, &cursor)) != VFG_FINDER_NONE) {
		if (same_nic(gap->nic, nics->nic[at]))
			return true;
	}
	return false;
}

const struct vfg_gap *vfg_gap_open(const struct vfg_gap *gaps, const struct vfg_whole_nics *nics)
{
	while (gaps && is_filled(gaps, nics))
		gaps = gaps->next;
	return gaps;
}
