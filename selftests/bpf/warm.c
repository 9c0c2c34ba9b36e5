/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that are verified once for many tests.
 */
#include "warm.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 256 };

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static void path_of(const struct warm *warm, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", warm->folder, name);
}

void warm_find(struct warm *warm, uint32_t buckets, uint32_t answer_ifindex)
{
	const char *folder = getenv("VFG_WARM");
	char last[256];

	*warm = (struct warm){};
	if (!folder)
		return;
	mkdir(folder, 0700);
	snprintf(warm->folder, sizeof(warm->folder), "%s/%u-%x", folder, buckets, answer_ifindex);
	mkdir(warm->folder, 0700);
	path_of(warm, "vfg_tc_below", last);
	warm->ready = access(last, F_OK) == 0;
}

void warm_prepare(const struct warm *warm, struct bpf_object *object, bool maps)
{
	struct bpf_program *program;
	struct bpf_map *map;
	char path[256];

	if (!warm->folder[0])
		return;
	bpf_object__for_each_map(map, object)
	{
		path_of(warm, bpf_map__name(map), path);
		if (maps && !bpf_map__is_internal(map))
			must(!bpf_map__set_pin_path(map, path), path);
	}
	bpf_object__for_each_program(program, object)
	{
		if (warm->ready)
			must(!bpf_program__set_autoload(program, false),
			     bpf_program__name(program));
	}
}

static void empty_array(const struct bpf_map *map, size_t cpus)
{
	size_t value_bytes = (bpf_map__value_size(map) + 7) / 8 * 8 * cpus;
	uint32_t count = bpf_map__max_entries(map);
	uint32_t *keys = calloc(count, sizeof(*keys));
	void *values = calloc(count, value_bytes);

	must(keys && values, "memory");
	for (uint32_t i = 0; i < count; i++)
		keys[i] = i;
	must(!bpf_map_update_batch(bpf_map__fd(map), keys, values, &count, NULL),
	     bpf_map__name(map));
	free(keys);
	free(values);
}

static void empty_hash(const struct bpf_map *map)
{
	char key[KEY_BYTES_MAX];

	must(bpf_map__key_size(map) <= sizeof(key), bpf_map__name(map));
	while (!bpf_map_get_next_key(bpf_map__fd(map), NULL, key))
		must(!bpf_map_delete_elem(bpf_map__fd(map), key), bpf_map__name(map));
}

static void empty(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_ARRAY:
		empty_array(map, 1);
		return;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		empty_array(map, (size_t)libbpf_num_possible_cpus());
		return;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		for (uint32_t i = 0; i < bpf_map__max_entries(map); i++)
			bpf_map_delete_elem(bpf_map__fd(map), &i);
		return;
	case BPF_MAP_TYPE_LRU_HASH:
		empty_hash(map);
		return;
	default:
		must(false, bpf_map__name(map)); /* a kind that is not known here */
	}
}

void warm_empty(const struct warm *warm, struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (warm->ready && !bpf_map__is_internal(map))
			empty(map);
	}
}

int warm_program(const struct warm *warm, struct bpf_program *program)
{
	char path[256];

	path_of(warm, bpf_program__name(program), path);
	if (warm->ready)
		return bpf_obj_get(path);
	if (warm->folder[0]) {
		unlink(path); /* of a test that was ended on the way */
		must(!bpf_program__pin(program, path), path);
	}
	return dup(bpf_program__fd(program));
}
