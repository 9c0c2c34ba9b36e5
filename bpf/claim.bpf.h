/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a flow gets its slot in the table, and how it loses it to a policy that denies it. For TC
 * only; finding and following flows is flow.bpf.h's.
 */
#ifndef VFG_BPF_CLAIM_BPF_H
#define VFG_BPF_CLAIM_BPF_H

#include "flow.bpf.h"

/* What opens a flow. */
struct vfg_flow_opening {
	const struct vfg_control *control;
	__u32 now; /* ticks */
	__u32 rule;
	__u32 generation;
};

/* How willingly a slot is given to another flow: smaller is better. */
enum {
	VFG_SLOT_SAME_KEY = 0,
	VFG_SLOT_FREE = 1,
	VFG_SLOT_EXPIRED = 2,
	VFG_SLOT_UNESTABLISHED = 3, /* the longest silent first */
	VFG_SLOT_TAKEN = 4,
	VFG_RANK_CLASS_SHIFT = 40,
	VFG_RANK_AGE_SHIFT = 3,
	VFG_RANK_SLOT_MASK = VFG_FLOW_CHOICES * VFG_FLOW_WAYS - 1,
};

/*
 * By [same key][expired][state]. A table and not a chain of conditions, so that the verifier sees
 * one way through a slot instead of ten.
 */
const __u8 vfg_slot_ranks[2][2][VFG_FLOW_STATE_MAX] = {
	{
		{VFG_SLOT_FREE, VFG_SLOT_TAKEN, VFG_SLOT_UNESTABLISHED, VFG_SLOT_UNESTABLISHED,
		 VFG_SLOT_UNESTABLISHED, VFG_SLOT_UNESTABLISHED, VFG_SLOT_TAKEN, VFG_SLOT_TAKEN},
		{VFG_SLOT_FREE, VFG_SLOT_TAKEN, VFG_SLOT_EXPIRED, VFG_SLOT_EXPIRED,
		 VFG_SLOT_EXPIRED, VFG_SLOT_EXPIRED, VFG_SLOT_EXPIRED, VFG_SLOT_EXPIRED},
	},
	{
		{VFG_SLOT_FREE, VFG_SLOT_TAKEN, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY,
		 VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY},
		{VFG_SLOT_FREE, VFG_SLOT_TAKEN, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY,
		 VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY, VFG_SLOT_SAME_KEY},
	},
};

/* The smaller of two ranks, which are far below 2^63. */
static __always_inline __u64 smaller(__u64 a, __u64 b)
{
	return pick((b - a) >> 63, a, b);
}

static __always_inline __u32 slot_class(const struct vfg_control *control,
					const struct vfg_flow_key *key, __u32 words, __u64 *entry,
					__u32 now)
{
	__u64 meta = read_word(entry), difference = 0;
	__u32 same, expired;

	for (__u32 i = 0; i < words; i++)
		difference |= read_word(entry + 1 + i) ^ key->word[i];
	same = is_zero(difference);
	expired = is_over(control, meta, entry[words] >> 32, now - *tail_of(entry, words));
	return vfg_slot_ranks[same & 1][expired & 1][meta & (VFG_FLOW_STATE_MAX - 1)];
}

/*
 * The best slot of a bucket. A rank is one number, so that the verifier needs not remember which
 * slot it came from; the salt, bits of the hash, hides that from it, and spreads ties:
 *
 *    42 .. 40   39 .. 35   34 .. 3     2        1 .. 0
 *    class      0          ~age        choice   way      (choice and way exclusive-or salt)
 */
static __always_inline __u64 choose_in(const struct vfg_control *control, __u32 family,
				       const struct vfg_flow_key *key, __u32 choice, __u32 now)
{
	__u64 best = (__u64)VFG_SLOT_TAKEN << VFG_RANK_CLASS_SHIFT, rank, *entry;
	void *bucket = flow_bucket(family, key->bucket[choice]);
	__u32 words = key_words(family), age;

	if (!bucket)
		return best;
	for (__u32 way = 0; way < VFG_FLOW_WAYS; way++) {
		entry = flow_way(bucket, family, way);
		age = now - *tail_of(entry, words);
		rank = (__u64)slot_class(control, key, words, entry, now) << VFG_RANK_CLASS_SHIFT;
		rank |= (__u64)(__u32)~age << VFG_RANK_AGE_SHIFT |
			(((choice * VFG_FLOW_WAYS | way) ^ key->bucket[1]) & VFG_RANK_SLOT_MASK);
		best = smaller(best, rank);
	}
	return best;
}

/* The claim of maps/flow.h: BUSY, key, publish. Lost to another CPU: false. */
static __always_inline bool claim(__u32 family, const struct vfg_flow_key *key, __u32 direction,
				  const struct vfg_flow_opening *opening, struct vfg_flow_hit *hit)
{
	__u32 words = key_words(family);
	__u64 sequence = (hit->found + (1 << VFG_FLOW_SEQUENCE_SHIFT)) &
			 (__u64)VFG_FLOW_SEQUENCE_MASK << VFG_FLOW_SEQUENCE_SHIFT;
	__u64 meta = (__u64)opening->generation << VFG_FLOW_GENERATION_SHIFT | sequence |
		     VFG_FLOW_NEW | (direction == VFG_OUTBOUND ? VFG_FLOW_OUTBOUND : 0);
	struct vfg_tally *tally = vfg_flow_tally(family, hit->bucket, hit->way);

	if (!tally || __sync_val_compare_and_swap(hit->meta, hit->found,
						  sequence | VFG_FLOW_BUSY) != hit->found)
		return false;
	for (__u32 i = 0; i < words; i++)
		*(volatile __u64 *)(hit->meta + 1 + i) = key->word[i];
	hit->tail[0] = opening->now;
	hit->tail[1] = opening->rule;
	__builtin_memset(tally, 0, sizeof(*tally));
	__sync_lock_test_and_set(hit->meta, meta);
	hit->found = meta;
	hit->rule = opening->rule;
	return true;
}

/* A flow that goes on: judged again and allowed, or opened by another CPU a moment ago. */
static __always_inline bool adopt(const struct vfg_flow_opening *opening, struct vfg_flow_hit *hit)
{
	__u64 meta = (hit->found & 0xffffffff) | (__u64)opening->generation
							 << VFG_FLOW_GENERATION_SHIFT;

	if (__sync_val_compare_and_swap(hit->meta, hit->found, meta) != hit->found)
		return false;
	hit->tail[0] = opening->now;
	hit->tail[1] = opening->rule;
	hit->found = meta;
	hit->rule = opening->rule;
	return true;
}

/* The entry of this very key: it goes on, or it is over and begins anew. */
static __always_inline bool goes_on(const struct vfg_control *control,
				    const struct vfg_packet *packet, const struct vfg_flow_hit *hit,
				    __u32 now)
{
	return !begins_anew(hit->found, packet) &&
	       !is_over(control, hit->found, packet->ends.protocol, now - *hit->tail);
}

/* One attempt: 1 opened, 0 lost to another CPU, -1 no slot to be had. */
static __always_inline int open_in(__u32 family, const struct vfg_packet *packet,
				   const struct vfg_flow_key *key,
				   const struct vfg_flow_opening *opening,
				   struct vfg_flow_hit *ret_hit)
{
	__u64 one = choose_in(opening->control, family, key, 0, opening->now);
	__u64 two = choose_in(opening->control, family, key, 1, opening->now);
	__u64 best = smaller(one, two);
	__u32 slot = (best ^ key->bucket[1]) & VFG_RANK_SLOT_MASK, class;
	void *bucket;

	if (best >= (__u64)VFG_SLOT_TAKEN << VFG_RANK_CLASS_SHIFT)
		return -1;
	ret_hit->bucket = slot < VFG_FLOW_WAYS ? key->bucket[0] : key->bucket[1];
	ret_hit->way = slot & (VFG_FLOW_WAYS - 1);
	bucket = flow_bucket(family, ret_hit->bucket);
	if (!bucket)
		return -1;
	ret_hit->meta = flow_way(bucket, family, ret_hit->way);
	ret_hit->tail = tail_of(ret_hit->meta, key_words(family));
	/* the state that the claim insists on, and what it means */
	ret_hit->found = read_word(ret_hit->meta);
	class = slot_class(opening->control, key, key_words(family), ret_hit->meta, opening->now);
	if (class == VFG_SLOT_TAKEN)
		return 0;
	if (class == VFG_SLOT_SAME_KEY && goes_on(opening->control, packet, ret_hit, opening->now))
		return adopt(opening, ret_hit);
	return claim(family, key, packet->direction, opening, ret_hit);
}

/**
 * vfg_flow_open - enter a flow that a rule has allowed
 * @ret_hit: the entry
 *
 * Takes, in this order: the slot that already has the key; a free one; an expired one; the one of
 * the unestablished flow that has been silent longest. Return: false where both buckets are full of
 * established flows.
 */
static __always_inline bool vfg_flow_open(const struct vfg_packet *packet,
					  const struct vfg_flow_key *key,
					  const struct vfg_flow_opening *opening,
					  struct vfg_flow_hit *ret_hit)
{
	int opened = 0;

	for (__u32 i = 0; i < VFG_FLOW_ATTEMPTS && !opened; i++) {
		if (packet->family == VFG_IPV4)
			opened = open_in(VFG_IPV4, packet, key, opening, ret_hit);
		else
			opened = open_in(VFG_IPV6, packet, key, opening, ret_hit);
	}
	return opened == 1;
}

/**
 * vfg_flow_forget - a flow that was judged again, and denied: nothing follows it any more
 */
static __always_inline void vfg_flow_forget(__u32 family, const struct vfg_flow_key *key,
					    __u32 keep_since)
{
	struct vfg_flow_hit hit = {};

	if (!vfg_flow_find(family, key, &hit) || !vfg_flow_is_outdated(hit.found, keep_since))
		return;
	__sync_val_compare_and_swap(hit.meta, hit.found, hit.found & ~(__u64)VFG_FLOW_STATE_MASK);
}

#endif
