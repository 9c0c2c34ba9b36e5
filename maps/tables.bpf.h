/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map, declared once. They are pinned by name below the master's directory, so that all
 * programs and all commands share them; names fit the kernel's 15 characters.
 */
#ifndef VFG_MAPS_TABLES_BPF_H
#define VFG_MAPS_TABLES_BPF_H

#include "control.h"
#include "counter.h"
#include "decision.h"
#include "event.h"
#include "flow.h"
#include "policy.h"

struct vfg_policy_slab {
	__u8 byte[VFG_POLICY_SLAB_BYTES];
};

/*
 * The policy: entry 0 is the arena in force, entry 1 the one before it (for rollback). An inner
 * array has as many slabs as its policy needs, up to VFG_POLICY_PAGES_MAX pages in all; the
 * replacement of entry 0 is the swap, and the kernel waits for running programs before it returns.
 * An empty entry 0 means no policy: everything is dropped.
 */
struct vfg_policy_arena {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	__uint(key_size,
	       sizeof(__u32)); /* sizes: clang 14 leaves the types of an inner map out of the BTF */
	__uint(value_size, sizeof(struct vfg_policy_slab));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__array(values, struct vfg_policy_arena);
} vfg_policy SEC(".maps");

/* Seed, sizes and time-outs: one entry (control.h). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vfg_control);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_control SEC(".maps");

/* IPv4 flows, 128 bytes a bucket (flow.h). The loader sets max_entries from the settings, a power
 * of two. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_flow4_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_flow4 SEC(".maps");

/* IPv6 flows, 256 bytes a bucket. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_flow6_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_flow6 SEC(".maps");

/* Tags of the IPv4 flows: as many buckets as vfg_flow4, 8 bytes each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_tag_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_tag4 SEC(".maps");

/* Tags of the IPv6 flows: as many buckets as vfg_flow6. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_tag_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_tag6 SEC(".maps");

/* What the IPv4 flows carried: as many buckets as vfg_flow4. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_tally_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_tally4 SEC(".maps");

/* What the IPv6 flows carried: as many buckets as vfg_flow6. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VFG_FLOW_BUCKETS_DEFAULT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_tally_bucket);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_tally6 SEC(".maps");

/* Decisions of the rules that a CPU may meet again (decision.h): 256 KiB a CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VFG_DECISIONS);
	__type(key, __u32);
	__type(value, struct vfg_decision);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_decision SEC(".maps");

/* Denied packets, as they happen (event.h): the last 16,384 that were told, 1 MiB. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vfg_event_ring);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_event SEC(".maps");

/* First fragments (flow.h). 8,192 fragmented packets within two seconds; beyond, the oldest are
 * forgotten and dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct vfg_fragment_key);
	__type(value, struct vfg_fragment);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_fragment SEC(".maps");

/* Packets by hook and reason (counter.h). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VFG_COUNTER_REASON_ENTRIES);
	__type(key, __u32);
	__type(value, struct vfg_count);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_reason SEC(".maps");

/* Packets by rule id (counter.h). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VFG_POLICY_RULES_MAX);
	__type(key, __u32);
	__type(value, struct vfg_rule_count);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_rule SEC(".maps");

/* Packets by device (counter.h). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VFG_COUNTER_PATH_ENTRIES);
	__type(key, __u32);
	__type(value, struct vfg_path_count);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} vfg_path SEC(".maps");

#endif
