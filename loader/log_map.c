/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens and maps what is pinned of a master. To read only. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../maps/counter.h"
#include "cleanup.h"
#include "log_map.h"

static int describe(int fd, struct bpf_map_info *ret_info)
{
	__u32 bytes = sizeof(*ret_info);

	*ret_info = (struct bpf_map_info){};
	return bpf_obj_get_info_by_fd(fd, ret_info, &bytes) < 0 ? -errno : 0;
}

/* @value_bytes: as this build knows it */
static int map_array(const struct vfg_pins *pins, const char *name, size_t value_bytes,
		     struct vfg_log_area *ret_area, uint32_t *ret_entries)
{
	autofd int fd = vfg_pin_get(pins, name);
	struct bpf_map_info info;
	void *memory;
	int err;

	if (fd < 0)
		return fd;
	err = describe(fd, &info);
	if (err)
		return err;
	if (info.value_size != value_bytes)
		return -EPROTO;
	memory = mmap(NULL, (size_t)info.max_entries * value_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_area = (struct vfg_log_area){memory, (size_t)info.max_entries * value_bytes};
	*ret_entries = info.max_entries;
	return 0;
}

static int map_table(const struct vfg_pins *pins, enum vfg_family family, struct vfg_log_maps *maps)
{
	static const char *const flows[] = {"vfg_flow4", "vfg_flow6"};
	static const char *const tallies[] = {"vfg_tally4", "vfg_tally6"};
	const size_t bytes[] = {sizeof(struct vfg_flow4_bucket), sizeof(struct vfg_flow6_bucket)};
	struct vfg_log_area *area = &maps->area[2 * family];
	uint32_t buckets, tally_buckets;
	int err = map_array(pins, flows[family], bytes[family], &area[0], &buckets);

	if (!err)
		err = map_array(pins, tallies[family], sizeof(struct vfg_tally_bucket), &area[1],
				&tally_buckets);
	if (!err && buckets != tally_buckets)
		err = -EPROTO;
	if (!err)
		maps->table[family] = (struct vfg_log_table){.family = family,
							     .flows = area[0].memory,
							     .tally = area[1].memory,
							     .slots = buckets * VFG_FLOW_WAYS};
	return err;
}

static int open_counters(const struct vfg_pins *pins, struct vfg_log_maps *maps)
{
	struct bpf_map_info info;
	int err;

	maps->control = vfg_pin_get(pins, "vfg_control");
	if (maps->control < 0)
		return maps->control;
	err = describe(maps->control, &info);
	if (err)
		return err;
	maps->id = info.id;
	maps->rule = vfg_pin_get(pins, "vfg_rule");
	if (maps->rule < 0)
		return maps->rule;
	maps->rule_cpus = libbpf_num_possible_cpus();
	if (maps->rule_cpus < 0)
		return maps->rule_cpus;
	maps->rule_counts = calloc((size_t)maps->rule_cpus, sizeof(struct vfg_rule_count));
	return maps->rule_counts ? 0 : -ENOMEM;
}

int vfg_log_maps_open(const struct vfg_pins *pins, struct vfg_log_maps *ret_maps)
{
	struct vfg_log_maps maps = {.control = -1, .rule = -1};
	struct vfg_log_area *events = &maps.area[2 * VFG_FAMILY_MAX];
	int err = open_counters(pins, &maps);

	for (int family = 0; !err && family < VFG_FAMILY_MAX; family++)
		err = map_table(pins, (enum vfg_family)family, &maps);
	if (!err)
		err = map_array(pins, "vfg_event", sizeof(struct vfg_event_ring), events,
				&maps.cpus);
	maps.ring = events->memory;
	if (err)
		vfg_log_maps_close(&maps);
	else
		*ret_maps = maps;
	return err;
}

void vfg_log_maps_close(struct vfg_log_maps *maps)
{
	for (size_t i = 0; i < sizeof(maps->area) / sizeof(maps->area[0]); i++) {
		if (maps->area[i].memory)
			munmap(maps->area[i].memory, maps->area[i].bytes);
	}
	vfg_close_fd(&maps->control);
	vfg_close_fd(&maps->rule);
	free(maps->rule_counts);
	*maps = (struct vfg_log_maps){.control = -1, .rule = -1};
}

bool vfg_log_maps_are_pinned(const struct vfg_log_maps *maps, const struct vfg_pins *pins)
{
	autofd int fd = vfg_pin_get(pins, "vfg_control");
	struct bpf_map_info info;

	return fd >= 0 && !describe(fd, &info) && info.id == maps->id;
}

int vfg_log_maps_control(const struct vfg_log_maps *maps, struct vfg_control *ret_control)
{
	const uint32_t key = 0;

	return bpf_map_lookup_elem(maps->control, &key, ret_control) < 0 ? -errno : 0;
}

int vfg_log_maps_hits(const struct vfg_log_maps *maps, uint32_t id, uint64_t *ret_hits)
{
	const struct vfg_rule_count *count = maps->rule_counts;
	uint64_t hits = 0;

	if (bpf_map_lookup_elem(maps->rule, &id, maps->rule_counts) < 0)
		return -errno;
	for (int cpu = 0; cpu < maps->rule_cpus; cpu++)
		hits += count[cpu].hits;
	*ret_hits = hits;
	return 0;
}
