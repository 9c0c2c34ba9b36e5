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

static int map_ring(const struct vfg_pins *pins, const struct vfg_event_ring **ret_ring)
{
	autofd int fd = vfg_pin_get(pins, "vfg_event");
	void *memory;

	if (fd < 0)
		return fd;
	memory = mmap(NULL, sizeof(**ret_ring), PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_ring = memory;
	return 0;
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
	int err = open_counters(pins, &maps);

	for (int family = 0; !err && family < VFG_FAMILY_MAX; family++)
		err = vfg_flow_table_open(pins, (enum vfg_family)family, false,
					  &maps.table[family]);
	if (!err)
		err = map_ring(pins, &maps.ring);
	if (err)
		vfg_log_maps_close(&maps);
	else
		*ret_maps = maps;
	return err;
}

void vfg_log_maps_close(struct vfg_log_maps *maps)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		vfg_flow_table_close(&maps->table[family]);
	if (maps->ring)
		munmap((void *)maps->ring, sizeof(*maps->ring));
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
