/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recalls what the rules have decided on a key, and keeps what they decide (maps/decision.h). Only
 * for plain packets, which are nearly all. What the rules say is classify.bpf.h's.
 */
#ifndef VFG_BPF_DECISION_BPF_H
#define VFG_BPF_DECISION_BPF_H

#include "classify.bpf.h"
#include "key.bpf.h"
#include "../maps/tables.bpf.h"

enum {
	VFG_DECISION_HASH_SHIFT = 12,
	VFG_DECISION_NONE = VFG_DECISIONS, /* of a packet whose decision is not kept */
	VFG_DECISION_KIND_SHIFT = 8,
};

static __always_inline __u32 vfg_decision_place(const struct vfg_flow_key *key)
{
	return key->hash >> VFG_DECISION_HASH_SHIFT & (VFG_DECISIONS - 1);
}

static __always_inline __u32 decision_kind(__u32 family, __u32 direction)
{
	return family | direction << VFG_DECISION_KIND_SHIFT;
}

/* The word of the ends that has ports and protocol. */
static __always_inline __u64 rest_of(const struct vfg_ends *ends)
{
	return ((const __u64 *)ends)[VFG_KEY_WORDS_V6 - 1];
}

/* Addresses are compared as they were written, by 32 bits: a wider load has to wait for the
 * stores. */
static __always_inline bool is_about(const struct vfg_decision *decision,
				     const struct vfg_ends *ends, __u32 family)
{
	__u32 words = family == VFG_IPV4 ? 1 : 4;

	for (__u32 i = 0; i < words; i++)
		if (decision->local[i] != ends->local[i] || decision->remote[i] != ends->remote[i])
			return false;
	return decision->rest == rest_of(ends);
}

static __always_inline bool holds(const struct vfg_decision *decision, __u32 generation)
{
	return decision->generation == generation;
}

static __always_inline bool recall_from(__u32 place, __u32 generation, const struct vfg_ends *ends,
					__u32 family, __u32 kind, struct vfg_verdict *ret_verdict)
{
	const struct vfg_decision *decision = bpf_map_lookup_elem(&vfg_decision, &place);
	struct vfg_verdict verdict;
	__u32 sequence;

	if (!decision)
		return false;
	sequence = *(const volatile __u32 *)&decision->sequence;
	if (!holds(decision, generation) || decision->kind != kind ||
	    !is_about(decision, ends, family))
		return false;
	verdict = (struct vfg_verdict){decision->reason, decision->rule, decision->id, generation};
	if (sequence & 1 || *(const volatile __u32 *)&decision->sequence != sequence)
		return false;
	*ret_verdict = verdict;
	return true;
}

/**
 * vfg_decision_recall - what the rules in force have decided on these ends
 * @place: vfg_decision_place()
 * @ret_verdict: untouched where nothing is recalled
 *
 * Return: whether there is such a decision.
 */
static __always_inline bool vfg_decision_recall(const struct vfg_control *control, __u32 place,
						const struct vfg_ends *ends, __u32 family,
						__u32 direction, struct vfg_verdict *ret_verdict)
{
	__u32 kind = decision_kind(family, direction);

	return recall_from(place, control->decided_by, ends, family, kind, ret_verdict) ||
	       recall_from(place ^ 1, control->decided_by, ends, family, kind, ret_verdict);
}

/* Where a new decision goes, NULL where those that are there stay. */
static __always_inline struct vfg_decision *make_room(__u32 place, __u32 generation)
{
	struct vfg_decision *decision = bpf_map_lookup_elem(&vfg_decision, &place);
	struct vfg_decision *other;

	if (decision && !holds(decision, generation))
		return decision;
	place ^= 1;
	other = bpf_map_lookup_elem(&vfg_decision, &place);
	if (other && !holds(other, generation))
		return other;
	return bpf_get_prandom_u32() & (VFG_DECISION_PATIENCE - 1) ? NULL : decision;
}

/**
 * vfg_decision_keep - remember what vfg_classify() has said of these ends
 */
static __always_inline void vfg_decision_keep(__u32 place, const struct vfg_ends *ends,
					      __u32 family, __u32 direction,
					      const struct vfg_verdict *verdict)
{
	struct vfg_decision *decision = make_room(place, verdict->generation);
	__u32 sequence;

	if (!decision || verdict->reason == VFG_REASON_NO_POLICY)
		return;
	sequence = *(volatile __u32 *)&decision->sequence;
	if (sequence & 1 ||
	    __sync_val_compare_and_swap(&decision->sequence, sequence, sequence + 1) != sequence)
		return;
	for (__u32 i = 0; i < 4; i++) {
		decision->local[i] = ends->local[i];
		decision->remote[i] = ends->remote[i];
	}
	decision->rest = rest_of(ends);
	decision->generation = verdict->generation;
	decision->kind = decision_kind(family, direction);
	decision->rule = verdict->rule;
	decision->id = verdict->id;
	decision->reason = verdict->reason;
	*(volatile __u32 *)&decision->sequence = sequence + 2;
}

#endif
