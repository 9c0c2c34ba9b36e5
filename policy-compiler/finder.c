/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index by hash, in the caller's arena. The order of what is found never depends on addresses of
 * memory, so the compiler's output does not either.
 */
#include "finder.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

uint64_t vfg_finder_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15;
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
	value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
	return value ^ (value >> 31);
}

uint64_t vfg_finder_hash(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes > 0) {
		uint64_t word = 0;
		size_t step = bytes < sizeof(word) ? bytes : sizeof(word);

		memcpy(&word, at, step);
		hash = vfg_finder_mix(hash ^ word);
		at += step;
		bytes -= step;
	}
	return hash;
}

uint64_t vfg_finder_hash_name(const char *name)
{
	uint64_t hash = 0;

	for (; *name; name++)
		hash = vfg_finder_mix(hash ^ (uint64_t)tolower((unsigned char)*name));
	return hash;
}

static void place(struct vfg_finder_slot *slots, size_t room, struct vfg_finder_slot entry)
{
	size_t at = entry.hash & (room - 1);

	while (slots[at].value != VFG_FINDER_NONE)
		at = (at + 1) & (room - 1);
	slots[at] = entry;
}

static int grow(struct vfg_finder *finder)
{
	size_t room = finder->room ? finder->room * 2 : FIRST_ROOM;
	struct vfg_finder_slot *slots = vfg_arena_array(finder->arena, room, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < room; i++)
		slots[i].value = VFG_FINDER_NONE;
	for (size_t i = 0; i < finder->room; i++) {
		if (finder->slot[i].value != VFG_FINDER_NONE)
			place(slots, room, finder->slot[i]);
	}
	finder->slot = slots;
	finder->room = room;
	return 0;
}

uint32_t vfg_finder_next(const struct vfg_finder *finder, uint64_t hash, size_t *cursor)
{
	while (*cursor < finder->room) {
		size_t at = (hash + (*cursor)++) & (finder->room - 1);

		if (finder->slot[at].value == VFG_FINDER_NONE)
			return VFG_FINDER_NONE;
		if (finder->slot[at].hash == hash)
			return finder->slot[at].value;
	}
	return VFG_FINDER_NONE;
}

int vfg_finder_add(struct vfg_finder *finder, uint64_t hash, uint32_t value)
{
	int err;

	if (finder->count * 2 >= finder->room) {
		err = grow(finder);
		if (err)
			return err;
	}
	place(finder->slot, finder->room, (struct vfg_finder_slot){.hash = hash, .value = value});
	finder->count++;
	return 0;
}
