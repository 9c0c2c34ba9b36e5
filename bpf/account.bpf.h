/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All counters (maps/counter.h, and the tallies of maps/flow.h) are written here. A packet of the
 * wire counts once at each hook that judged it; a GRO or GSO buffer counts its segments.
 */
#ifndef VFG_BPF_ACCOUNT_BPF_H
#define VFG_BPF_ACCOUNT_BPF_H

#include "classify.bpf.h"
#include "flow.bpf.h"

/* What one call of a program weighs. */
struct vfg_weight {
	__u64 packets;
	__u64 bytes; /* of L2 frames */
};

/* Where it was judged. */
struct vfg_place_judged {
	__u32 hook; /* enum vfg_hook */
	__u32 ifindex;
	__u32 tick_hz; /* ticks to a second (maps/control.h) */
};

static __always_inline void add(struct vfg_count *count, const struct vfg_weight *weight)
{
	count->packets += weight->packets;
	count->bytes += weight->bytes;
}

/* The counters of a device: its own place, or index 0 where others have taken all that it may
 * have. */
static __always_inline struct vfg_path_count *path_count(__u32 ifindex)
{
	__u32 place, none = 0;
	struct vfg_path_count *path;

	for (__u32 i = 0; i < VFG_COUNTER_PATH_PROBES; i++) {
		place = 1 + ((ifindex + i) & (VFG_COUNTER_PATHS - 1));
		path = bpf_map_lookup_elem(&vfg_path, &place);
		if (!path)
			return NULL;
		if (!path->ifindex)
			path->ifindex = ifindex;
		if (path->ifindex == ifindex)
			return path;
	}
	return bpf_map_lookup_elem(&vfg_path, &none);
}

static __always_inline void count_reason(__u32 hook, __u32 reason, const struct vfg_weight *weight)
{
	__u32 index = hook * VFG_COUNTER_REASONS + (reason & (VFG_COUNTER_REASONS - 1));
	struct vfg_count *count = bpf_map_lookup_elem(&vfg_reason, &index);

	if (count)
		add(count, weight);
}

static __always_inline void count_path(const struct vfg_place_judged *place, bool drops,
				       const struct vfg_weight *weight)
{
	struct vfg_path_count *path = path_count(place->ifindex);

	if (!path)
		return;
	add(&path->judged[place->hook], weight);
	if (drops)
		add(&path->dropped[place->hook], weight);
}

/* @hits: 0 for a packet of a flow that the rule has allowed before */
static __always_inline struct vfg_rule_count *count_rule(__u32 id, __u64 hits, __u32 now,
							 const struct vfg_weight *weight)
{
	struct vfg_rule_count *rule = bpf_map_lookup_elem(&vfg_rule, &id);

	if (!rule)
		return NULL;
	rule->packets += weight->packets;
	rule->bytes += weight->bytes;
	if (!hits)
		return rule;
	rule->hits += hits;
	rule->last = now;
	return rule;
}

/* Is one more denied packet of the rule to be told this second? */
static __always_inline bool is_told(struct vfg_rule_count *rule, __u32 now, __u32 tick_hz)
{
	if ((__u16)(now - rule->since) >= tick_hz) {
		rule->since = now;
		rule->told = 0;
	}
	if (rule->told >= VFG_EVENT_PER_RULE)
		return false;
	rule->told++;
	return true;
}

/**
 * vfg_account_packet - count a packet that was judged
 *
 * XDP counts by rule only what it drops: what it lets through is counted once, by TC.
 *
 * Return: whether it is to be told (event.bpf.h).
 */
static __always_inline bool vfg_account_packet(const struct vfg_place_judged *place,
					       const struct vfg_verdict *verdict,
					       const struct vfg_weight *weight)
{
	bool drops = vfg_reason_drops(verdict->reason);
	__u32 now = bpf_jiffies64() >> VFG_TICK_SHIFT;
	struct vfg_rule_count *rule;
	__u64 hits = 0;

	count_reason(place->hook, verdict->reason, weight);
	count_path(place, drops, weight);
	if (verdict->id == VFG_RULE_NONE || (place->hook == VFG_HOOK_XDP && !drops))
		return false;
	if (drops)
		hits = weight->packets;
	else if (verdict->reason == VFG_REASON_RULE_ALLOW)
		hits = 1;
	rule = count_rule(verdict->id, hits, now, weight);
	return rule && drops && is_told(rule, now, place->tick_hz);
}

/* The top bits that an addition has set move from low to high (struct vfg_tally). */
static __always_inline void carry(struct vfg_tally *tally, __u32 direction, __u64 tops)
{
	__u64 high = tops >> VFG_TALLY_PACKETS_TOP << VFG_TALLY_HIGH_SHIFT |
		     (tops >> VFG_TALLY_BYTES_TOP & 1);

	__sync_fetch_and_add(&tally->high[direction], high);
	__sync_fetch_and_add(&tally->low[direction], -tops);
}

/**
 * vfg_account_carried - what a packet adds to `low` of a tally
 */
static __always_inline __u64 vfg_account_carried(const struct vfg_weight *weight)
{
	return weight->packets << VFG_TALLY_PACKETS_SHIFT | weight->bytes;
}

/**
 * vfg_account_flow - add a packet to what its flow carried
 */
static __always_inline void vfg_account_flow(__u32 family, __u32 direction,
					     const struct vfg_flow_hit *hit,
					     const struct vfg_weight *weight)
{
	const __u64 tops = 1ULL << VFG_TALLY_PACKETS_TOP | 1ULL << VFG_TALLY_BYTES_TOP;
	struct vfg_tally *tally = vfg_flow_tally(family, hit->bucket, hit->way);
	__u64 more = vfg_account_carried(weight), before;

	if (!tally)
		return;
	direction &= 1;
	before = __sync_fetch_and_add(&tally->low[direction], more);
	if (~before & (before + more) & tops)
		carry(tally, direction, ~before & (before + more) & tops);
}

#endif
