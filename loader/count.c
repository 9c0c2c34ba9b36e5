/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums and clears per-CPU counters. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../maps/policy.h"
#include "count.h"

/* A per-CPU counter map, open, with room for one value of every CPU. */
struct values {
	int fd;
	int cpus;
	void *of_cpu;
};

static void close_values(struct values *values)
{
	if (values->fd >= 0)
		close(values->fd);
	free(values->of_cpu);
}

#define autovalues struct values __attribute__((cleanup(close_values)))

/* Every counter's size is a multiple of 8, as the kernel's step from CPU to CPU is. */
static int open_values(const struct vfg_pins *pins, const char *map, size_t value_bytes,
		       struct values *ret_values)
{
	int cpus = libbpf_num_possible_cpus();

	*ret_values = (struct values){.fd = vfg_pin_get(pins, map)};
	if (ret_values->fd < 0)
		return ret_values->fd;
	if (cpus < 0)
		return cpus;
	ret_values->cpus = cpus;
	ret_values->of_cpu = calloc((size_t)cpus, value_bytes);
	return ret_values->of_cpu ? 0 : -ENOMEM;
}

static int read_values(const struct values *values, uint32_t key)
{
	return bpf_map_lookup_elem(values->fd, &key, values->of_cpu) < 0 ? -errno : 0;
}

static void add(struct vfg_count *sum, const struct vfg_count *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

int vfg_count_reasons(const struct vfg_pins *pins, struct vfg_count *ret_count)
{
	autovalues values = {.fd = -1};
	int err = open_values(pins, "vfg_reason", sizeof(struct vfg_count), &values);
	const struct vfg_count *count;

	if (err)
		return err;
	count = values.of_cpu;
	memset(ret_count, 0, VFG_COUNTER_REASON_ENTRIES * sizeof(*ret_count));
	for (uint32_t key = 0; key < VFG_COUNTER_REASON_ENTRIES; key++) {
		err = read_values(&values, key);
		if (err)
			return err;
		for (int cpu = 0; cpu < values.cpus; cpu++)
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
		if (counts->count == VFG_COUNTER_PATH_ENTRIES)
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
	autovalues values = {.fd = -1};
	int err = open_values(pins, "vfg_path", sizeof(struct vfg_path_count), &values);
	const struct vfg_path_count *path;

	if (err)
		return err;
	path = values.of_cpu;
	ret_counts->count = 0;
	for (uint32_t key = 0; key < VFG_COUNTER_PATH_ENTRIES; key++) {
		err = read_values(&values, key);
		if (err)
			return err;
		for (int cpu = 0; cpu < values.cpus; cpu++) {
			if (!is_empty(&path[cpu]))
				merge(ret_counts, &path[cpu]);
		}
	}
	return 0;
}

static struct vfg_rule_count sum_rule(const struct values *values)
{
	const struct vfg_rule_count *count = values->of_cpu;
	struct vfg_rule_count sum = {};

	for (int cpu = 0; cpu < values->cpus; cpu++) {
		/* The newest, across the wrap of the ticks. */
		if (count[cpu].hits && (!sum.hits || (int32_t)(count[cpu].last - sum.last) > 0))
			sum.last = count[cpu].last;
		sum.hits += count[cpu].hits;
		sum.packets += count[cpu].packets;
		sum.bytes += count[cpu].bytes;
	}
	return sum;
}

int vfg_count_rules(const struct vfg_pins *pins, const uint32_t *ids, size_t count,
		    struct vfg_rule_count *ret_counts)
{
	autovalues values = {.fd = -1};
	int err = open_values(pins, "vfg_rule", sizeof(struct vfg_rule_count), &values);

	for (size_t i = 0; !err && i < count; i++) {
		err = read_values(&values, ids[i]);
		if (!err)
			ret_counts[i] = sum_rule(&values);
	}
	return err;
}

int vfg_count_clear_rules(const struct vfg_pins *pins, const bool *ids)
{
	autovalues zeroes = {.fd = -1};
	int err = open_values(pins, "vfg_rule", sizeof(struct vfg_rule_count), &zeroes);

	for (uint32_t id = 0; !err && id < VFG_POLICY_RULES_MAX; id++) {
		if (ids[id] && bpf_map_update_elem(zeroes.fd, &id, zeroes.of_cpu, BPF_ANY) < 0)
			err = -errno;
	}
	return err;
}

int vfg_count_clear_path(const struct vfg_pins *pins, uint32_t ifindex)
{
	autovalues values = {.fd = -1};
	int err = open_values(pins, "vfg_path", sizeof(struct vfg_path_count), &values);
	struct vfg_path_count *path;

	if (err)
		return err;
	path = values.of_cpu;
	for (uint32_t i = 0; i < VFG_COUNTER_PATH_PROBES; i++) {
		/* The programs' places: see struct vfg_path_count. */
		uint32_t key = 1 + (ifindex + i) % VFG_COUNTER_PATHS;
		bool ours = false, shared = false;

		err = read_values(&values, key);
		if (err)
			return err;
		for (int cpu = 0; cpu < values.cpus; cpu++) {
			ours |= path[cpu].ifindex == ifindex;
			shared |= path[cpu].ifindex != ifindex && path[cpu].ifindex;
		}
		if (!ours || shared)
			continue;
		memset(values.of_cpu, 0, (size_t)values.cpus * sizeof(*path));
		if (bpf_map_update_elem(values.fd, &key, values.of_cpu, BPF_EXIST) < 0)
			return -errno;
	}
	return 0;
}
