/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs on the bench have written: counters, flows, and all of it as one digest.
 */
#include "prog_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

enum {
	CPUS_MAX = 256,
	WORDS_MAX = sizeof(struct vfg_path_count) / 8,
};

static int map_of(const struct bench *bench, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(bench->xdp->obj, name);

	if (fd < 0)
		abort();
	return fd;
}

/* Adds up a per-CPU value of 64-bit words. */
static void sum_cpus(const struct bench *bench, const char *map, uint32_t index, size_t words,
		     uint64_t *ret_sum)
{
	static uint64_t value[CPUS_MAX * WORDS_MAX];
	int cpus = libbpf_num_possible_cpus();

	memset(ret_sum, 0, words * 8);
	if (cpus < 0 || cpus > CPUS_MAX || bpf_map_lookup_elem(map_of(bench, map), &index, value))
		abort();
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < words; i++)
			ret_sum[i] += value[(size_t)cpu * words + i];
}

struct vfg_count bench_reason(struct bench *bench, enum vfg_hook hook, enum vfg_reason reason)
{
	uint64_t sum[sizeof(struct vfg_count) / 8];
	struct vfg_count count;

	sum_cpus(bench, "vfg_reason", hook * VFG_COUNTER_REASONS + reason, 2, sum);
	memcpy(&count, sum, sizeof(count));
	return count;
}

/* As struct vfg_rule_count; `last` is the newest of the CPUs', `since` and `told` are left out. */
struct vfg_rule_count bench_rule(struct bench *bench, uint32_t id)
{
	static struct vfg_rule_count value[CPUS_MAX];
	int cpus = libbpf_num_possible_cpus();
	struct vfg_rule_count sum = {};

	if (cpus < 0 || cpus > CPUS_MAX ||
	    bpf_map_lookup_elem(map_of(bench, "vfg_rule"), &id, value))
		abort();
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (value[cpu].last > sum.last)
			sum.last = value[cpu].last;
		sum.hits += value[cpu].hits;
		sum.packets += value[cpu].packets;
		sum.bytes += value[cpu].bytes;
	}
	return sum;
}

/* ifindex is summed too: it is that of the place where one CPU alone has used it. */
struct vfg_path_count bench_path(struct bench *bench, uint32_t place)
{
	uint64_t sum[WORDS_MAX];
	struct vfg_path_count count;

	sum_cpus(bench, "vfg_path", place, WORDS_MAX, sum);
	memcpy(&count, sum, sizeof(count));
	return count;
}

static bool is_live(uint64_t meta)
{
	return (meta & VFG_FLOW_STATE_MASK) > VFG_FLOW_BUSY;
}

static void age_fragments(struct bench *bench, uint32_t ticks)
{
	struct vfg_fragment_key key, next;
	struct vfg_fragment record;
	int fd = map_of(bench, "vfg_fragment");
	int err = bpf_map_get_next_key(fd, NULL, &next);

	while (!err) {
		key = next;
		if (bpf_map_lookup_elem(fd, &key, &record))
			abort();
		record.expires -= ticks;
		if (bpf_map_update_elem(fd, &key, &record, BPF_EXIST))
			abort();
		err = bpf_map_get_next_key(fd, &key, &next);
	}
}

void bench_age(struct bench *bench, uint32_t ticks)
{
	for (uint32_t i = 0; i < bench->buckets; i++) {
		for (int way = 0; way < VFG_FLOW_WAYS; way++) {
			bench->flow4[i].way[way].seen -= ticks;
			bench->flow6[i].way[way].seen -= ticks;
		}
	}
	age_fragments(bench, ticks);
}

void bench_clear_flows(struct bench *bench)
{
	memset(bench->flow4, 0, bench->buckets * sizeof(*bench->flow4));
	memset(bench->flow6, 0, bench->buckets * sizeof(*bench->flow6));
	memset(bench->tally4, 0, bench->buckets * sizeof(*bench->tally4));
	memset(bench->tally6, 0, bench->buckets * sizeof(*bench->tally6));
}

/* Counts the live flows; the first one's meta word. */
static size_t survey(const struct bench *bench, uint64_t *ret_meta)
{
	size_t live = 0;

	for (uint32_t i = 0; i < bench->buckets * VFG_FLOW_WAYS; i++) {
		uint64_t metas[] = {
			bench->flow4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS].meta,
			bench->flow6[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS].meta,
		};

		for (int family = 0; family < 2; family++) {
			if (!is_live(metas[family]))
				continue;
			if (!live++)
				*ret_meta = metas[family];
		}
	}
	return live;
}

size_t bench_flows(const struct bench *bench)
{
	uint64_t meta;

	return survey(bench, &meta);
}

enum vfg_flow_state bench_state(const struct bench *bench)
{
	uint64_t meta = 0;

	survey(bench, &meta);
	return (enum vfg_flow_state)(meta & VFG_FLOW_STATE_MASK);
}

static uint64_t digest(uint64_t seed, const void *data, size_t bytes)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < bytes; i++)
		seed = (seed ^ byte[i]) * 0x100000001b3; /* FNV-1a */
	return seed;
}

static uint64_t digest_counters(struct bench *bench, uint64_t seed, const char *map, size_t words)
{
	uint64_t sum[WORDS_MAX];
	uint32_t entries = bpf_map__max_entries(bpf_object__find_map_by_name(bench->xdp->obj, map));

	for (uint32_t i = 0; i < entries; i++) {
		sum_cpus(bench, map, i, words, sum);
		seed = digest(seed, sum, words * 8);
	}
	return seed;
}

uint64_t bench_digest(struct bench *bench)
{
	struct vfg_fragment_key key;
	uint64_t seed = 0xcbf29ce484222325;

	seed = digest(seed, bench->flow4, bench->buckets * sizeof(*bench->flow4));
	seed = digest(seed, bench->flow6, bench->buckets * sizeof(*bench->flow6));
	seed = digest(seed, bench->tally4, bench->buckets * sizeof(*bench->tally4));
	seed = digest(seed, bench->tally6, bench->buckets * sizeof(*bench->tally6));
	seed = digest(seed, bench->events, sizeof(*bench->events));
	seed = digest_counters(bench, seed, "vfg_reason", sizeof(struct vfg_count) / 8);
	seed = digest_counters(bench, seed, "vfg_rule", sizeof(struct vfg_rule_count) / 8);
	seed = digest_counters(bench, seed, "vfg_path", WORDS_MAX);
	seed = digest_counters(bench, seed, "vfg_decision", sizeof(struct vfg_decision) / 8);
	if (!bpf_map_get_next_key(map_of(bench, "vfg_fragment"), NULL, &key))
		seed = digest(seed, &key, sizeof(key));
	return seed;
}
