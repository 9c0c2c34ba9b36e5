/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums and clears per-CPU counters. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../maps/policy.h"
#include "cleanup.h"
#include "count.h"

/* Room for one value of every CPU; every counter's size is a multiple of 8, as the kernel's step
 * is. */
static int value_room(size_t value_bytes, void **ret_values, int *ret_cpus)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	*ret_values = calloc((size_t)cpus, value_bytes);
	if (!*ret_values)
		return -ENOMEM;
	*ret_cpus = cpus;
	return 0;
}

static void add(struct vfg_count *sum, const struct vfg_count *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

int vfg_count_reasons(const struct vfg_pins *pins, struct vfg_count *ret_count)
{
	autofd int fd = vfg_pin_get(pins, "vfg_reason");
	autofree void *values = NULL;
	const struct vfg_count *count;
	int cpus = 0, err;

	if (fd < 0)
		return fd;
	err = value_room(sizeof(*count), &values, &cpus);
	if (err)
		return err;
	count = values;
	memset(ret_count, 0, VFG_COUNTER_REASON_ENTRIES * sizeof(*ret_count));
	for (uint32_t key = 0; key < VFG_COUNTER_REASON_ENTRIES; key++) {
		if (bpf_map_lookup_elem(fd, &key, values) < 0)
			return -errno;
		for (int cpu = 0; cpu < cpus; cpu++)
			add(&ret_count[key], &count[cpu]);
	}
	return 0;
}

static bool is_empty(const struct vfg_path_count *path)
{
	uint64_t packets = 0;

	for (int hook = 0; hook < VFG_HOOK_MAX; hook++)
		packets |= path->judged[hook].packets | path->dropped[hook].packets;
	return !packets;
}

static void merge(struct vfg_path_counts *counts, const struct vfg_path_count *more)
{
	struct vfg_path_count *path = NULL;

	for (size_t i = 0; i < counts->count && !path; i++) {
		if (counts->path[i].ifindex == more->ifindex)
			path = &counts->path[i];
	}
	if (!path) {
		if (counts->count == VFG_COUNTER_PATHS)
			return;
		path = &counts->path[counts->count++];
		*path = (struct vfg_path_count){.ifindex = more->ifindex};
	}
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		add(&path->judged[hook], &more->judged[hook]);
		add(&path->dropped[hook], &more->dropped[hook]);
	}
}

int vfg_count_paths(const struct vfg_pins *pins, struct vfg_path_counts *ret_counts)
{
	autofd int fd = vfg_pin_get(pins, "vfg_path");
	autofree void *values = NULL;
	const struct vfg_path_count *path;
	int cpus = 0, err;

	if (fd < 0)
		return fd;
	err = value_room(sizeof(*path), &values, &cpus);
	if (err)
		return err;
	path = values;
	ret_counts->count = 0;
	for (uint32_t key = 0; key < VFG_COUNTER_PATHS; key++) {
		if (bpf_map_lookup_elem(fd, &key, values) < 0)
			return -errno;
		for (int cpu = 0; cpu < cpus; cpu++) {
			if (!is_empty(&path[cpu]))
				merge(ret_counts, &path[cpu]);
		}
	}
	return 0;
}

int vfg_count_rule(const struct vfg_pins *pins, uint32_t id, struct vfg_rule_count *ret_count)
{
	autofd int fd = vfg_pin_get(pins, "vfg_rule");
	autofree void *values = NULL;
	const struct vfg_rule_count *count;
	struct vfg_rule_count sum = {};
	int cpus = 0, err;

	if (fd < 0)
		return fd;
	err = value_room(sizeof(*count), &values, &cpus);
	if (err)
		return err;
	if (bpf_map_lookup_elem(fd, &id, values) < 0)
		return -errno;
	count = values;
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum.hits += count[cpu].hits;
		sum.packets += count[cpu].packets;
		sum.bytes += count[cpu].bytes;
	}
	*ret_count = sum;
	return 0;
}

int vfg_count_clear_rules(const struct vfg_pins *pins, const bool *ids)
{
	autofd int fd = vfg_pin_get(pins, "vfg_rule");
	autofree void *zeroes = NULL;
	int cpus = 0, err;

	if (fd < 0)
		return fd;
	err = value_room(sizeof(struct vfg_rule_count), &zeroes, &cpus);
	for (uint32_t id = 0; !err && id < VFG_POLICY_RULES_MAX; id++) {
		if (ids[id] && bpf_map_update_elem(fd, &id, zeroes, BPF_ANY) < 0)
			err = -errno;
	}
	return err;
}

int vfg_count_clear_path(const struct vfg_pins *pins, uint32_t ifindex)
{
	autofd int fd = vfg_pin_get(pins, "vfg_path");
	autofree void *values = NULL;
	struct vfg_path_count *path;
	int cpus = 0, err;

	if (fd < 0)
		return fd;
	err = value_room(sizeof(*path), &values, &cpus);
	if (err)
		return err;
	path = values;
	for (uint32_t i = 0; i < VFG_COUNTER_PATH_PROBES; i++) {
		/* The programs' places: see struct vfg_path_count. */
		uint32_t key = 1 + (ifindex + i) % (VFG_COUNTER_PATHS - 1);
		bool ours = false, shared = false;

		if (bpf_map_lookup_elem(fd, &key, values) < 0)
			return -errno;
		for (int cpu = 0; cpu < cpus; cpu++) {
			ours |= path[cpu].ifindex == ifindex;
			shared |= path[cpu].ifindex != ifindex && path[cpu].ifindex;
		}
		if (!ours || shared)
			continue;
		memset(values, 0, (size_t)cpus * sizeof(*path));
		if (bpf_map_update_elem(fd, &key, values, BPF_EXIST) < 0)
			return -errno;
	}
	return 0;
}
