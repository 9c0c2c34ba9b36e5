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
	__u64 carried; /* by the packet that opens it, as struct vfg_tally has it */
};

/* What became of an attempt to enter a flow. */
enum vfg_flow_opened {
	VFG_FLOW_REFUSED = -1, /* both buckets are full of established flows */
	VFG_FLOW_LOST = 0,     /* to another CPU: try again */
	VFG_FLOW_ENTERED = 1,  /* and the packet is in its tally */
	VFG_FLOW_ADOPTED = 2,  /* it was there */
};

/* How willingly a slot is given to another flow: smaller is better. */
enum {
	VFG_SLOT_OURS = 0, /* another CPU is about to enter this very key: wait for it */
	VFG_SLOT_AVAILABLE = 1,
	VFG_SLOT_UNESTABLISHED = 2, /* the longest silent first */
	VFG_SLOT_TAKEN = 3,
	VFG_RANK_CLASS_SHIFT = 40,
	VFG_RANK_AGE_SHIFT = 3,
	VFG_RANK_CHOICE_SHIFT = 2,
};

/*
 * By [expired][state]. A table and not a chain of conditions, so that the verifier sees one way
 * through a slot instead of ten.
 */
const __u8 vfg_slot_ranks[2][VFG_FLOW_STATE_MAX] = {
	{VFG_SLOT_AVAILABLE, VFG_SLOT_TAKEN, VFG_SLOT_UNESTABLISHED, VFG_SLOT_UNESTABLISHED,
	 VFG_SLOT_UNESTABLISHED, VFG_SLOT_UNESTABLISHED, VFG_SLOT_TAKEN, VFG_SLOT_TAKEN},
	{VFG_SLOT_AVAILABLE, VFG_SLOT_TAKEN, VFG_SLOT_AVAILABLE, VFG_SLOT_AVAILABLE,
	 VFG_SLOT_AVAILABLE, VFG_SLOT_AVAILABLE, VFG_SLOT_AVAILABLE, VFG_SLOT_AVAILABLE},
};

/* The smaller of two ranks, which are far below 2^63. */
static __always_inline __u64 smaller(__u64 a, __u64 b)
{
	return pick((b - a) >> 63, a, b);
}

static __always_inline __u32 slot_class(const struct vfg_control *control, __u64 meta,
					__u8 protocol, __u32 age)
{
	__u32 expired = is_over(control, meta, protocol, age);

	return vfg_slot_ranks[expired & 1][meta & (VFG_FLOW_STATE_MAX - 1)];
}

/* What meta says while a slot is being written for this key, the sequence apart. */
static __always_inline __u64 busy_with(const struct vfg_flow_key *key)
{
	return (key->hash >> 32 << VFG_FLOW_GENERATION_SHIFT) | VFG_FLOW_BUSY;
}

static __always_inline __u64 without_sequence(__u64 meta)
{
	return meta & ~((__u64)VFG_FLOW_SEQUENCE_MASK << VFG_FLOW_SEQUENCE_SHIFT);
}

/*
 * The best slot of a bucket. A rank is one number, so that the verifier needs not remember which
 * slot it came from; the way is exclusive-or the one that the key prefers, which hides it from the
 * verifier and spreads ties. Only the unestablished are ranked by age:
 *
 *    41 .. 40   39 .. 35   34 .. 3   2        1 .. 0
 *    class      0          ~age      choice   way
 */
static __always_inline __u64 choose_in(const struct vfg_control *control, __u32 family,
				       const struct vfg_flow_key *key, __u32 choice, __u32 now)
{
	__u64 best = (__u64)VFG_SLOT_TAKEN << VFG_RANK_CLASS_SHIFT, rank, meta, *entry;
	void *bucket = flow_bucket(family, key->bucket[choice]);
	__u32 words = key_words(family), age, class;

	if (!bucket)
		return best;
	for (__u32 way = 0; way < VFG_FLOW_WAYS; way++) {
		entry = flow_way(bucket, family, way);
		meta = read_word(entry);
		age = now - *(const volatile __u32 *)tail_of(entry, words);
		class = slot_class(control, meta, read_word(entry + words) >> 32, age);
		rank = pick(is_zero(class ^ VFG_SLOT_UNESTABLISHED), 0,
			    (__u64)(__u32)~age << VFG_RANK_AGE_SHIFT);
		rank |= (__u64) class << VFG_RANK_CLASS_SHIFT | choice << VFG_RANK_CHOICE_SHIFT |
			(way ^ key_way(key));
		rank = pick(is_zero(without_sequence(meta) ^ busy_with(key)), rank, 0);
		best = smaller(best, rank);
	}
	return best;
}

/*
 * The best slot there is. The second bucket is looked at only where the first has no room, or where
 * flows of the first have gone there before, and another CPU may be about to enter this one.
 */
static __always_inline __u64 choose(const struct vfg_control *control, __u32 family,
				    const struct vfg_flow_key *key, __u32 now)
{
	const struct vfg_tag_bucket *tags = tag_bucket(family, key->bucket[0]);
	__u64 best = choose_in(control, family, key, 0, now);

	if (best < (__u64)VFG_SLOT_UNESTABLISHED << VFG_RANK_CLASS_SHIFT && tags && !tags->overflow)
		return best;
	return smaller(best, choose_in(control, family, key, 1, now));
}

/* The claim of maps/flow.h: BUSY, tag, key, publish. Lost to another CPU: false. */
static __always_inline bool claim(__u32 family, const struct vfg_flow_key *key, __u32 direction,
				  const struct vfg_flow_opening *opening, struct vfg_flow_hit *hit)
{
	__u32 words = key_words(family);
	__u64 sequence = (hit->found + (1 << VFG_FLOW_SEQUENCE_SHIFT)) &
			 (__u64)VFG_FLOW_SEQUENCE_MASK << VFG_FLOW_SEQUENCE_SHIFT;
	__u64 meta = (__u64)opening->generation << VFG_FLOW_GENERATION_SHIFT | sequence |
		     VFG_FLOW_NEW | (direction == VFG_OUTBOUND ? VFG_FLOW_OUTBOUND : 0);
	struct vfg_tally *tally = vfg_flow_tally(family, hit->bucket, hit->way);
	struct vfg_tag_bucket *first = tag_bucket(family, key->bucket[0]);
	struct vfg_tag_bucket *tags = tag_bucket(family, hit->bucket);

	if (!tally || !first || !tags)
		return false;
	if (__sync_val_compare_and_swap(hit->meta, hit->found, sequence | busy_with(key)) !=
	    hit->found)
		return false;
	*(volatile __u8 *)&tags->way[hit->way & (VFG_FLOW_WAYS - 1)] = key_tag(key);
	if (hit->bucket != key->bucket[0])
		*(volatile __u32 *)&first->overflow = 1;
	for (__u32 i = 0; i < words; i++)
		*(volatile __u64 *)(hit->meta + 1 + i) = key->word[i];
	hit->tail[0] = opening->now;
	hit->tail[1] = opening->rule;
	__builtin_memset(tally, 0, sizeof(*tally));
	tally->low[direction & 1] = opening->carried;
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
				    const struct vfg_flow_step *step,
				    const struct vfg_flow_hit *hit, __u32 now)
{
	return !begins_anew(hit->found, step) &&
	       !is_over(control, hit->found, step->protocol, now - hit->seen);
}

/* The slot for a key that has none: 1 found, 0 lost to another CPU, -1 none to be had. */
static __always_inline int find_room(__u32 family, const struct vfg_flow_key *key,
				     const struct vfg_flow_opening *opening,
				     struct vfg_flow_hit *ret_hit)
{
	__u64 best = choose(opening->control, family, key, opening->now);
	__u32 words = key_words(family), class = best >> VFG_RANK_CLASS_SHIFT, age;
	void *bucket;

	if (class == VFG_SLOT_OURS)
		return 0;
	if (class >= VFG_SLOT_TAKEN)
		return -1;
	ret_hit->bucket = best >> VFG_RANK_CHOICE_SHIFT & 1 ? key->bucket[1] : key->bucket[0];
	ret_hit->way = (best ^ key_way(key)) & (VFG_FLOW_WAYS - 1);
	bucket = flow_bucket(family, ret_hit->bucket);
	if (!bucket)
		return -1;
	ret_hit->meta = flow_way(bucket, family, ret_hit->way);
	ret_hit->tail = tail_of(ret_hit->meta, words);
	/* the state that the claim insists on: what it was chosen for */
	ret_hit->found = read_word(ret_hit->meta);
	age = opening->now - *(const volatile __u32 *)ret_hit->tail;
	return slot_class(opening->control, ret_hit->found, read_word(ret_hit->meta + words) >> 32,
			  age) == class;
}

static __always_inline void touch(const void *line)
{
	__u64 value = 0;

	if (line)
		value = read_word(line);
	asm volatile("" : : "r"(value));
}

/* All lines that a claim may need, asked for at once: one by one, each would be waited for in turn.
 */
static __always_inline void touch_all(__u32 family, const struct vfg_flow_key *key)
{
	touch(vfg_flow_tally(family, key->bucket[0], key_way(key)));
	for (__u32 i = 0; i < VFG_FLOW_CHOICES; i++) {
		void *bucket = flow_bucket(family, key->bucket[i]);

		touch(tag_bucket(family, key->bucket[i]));
		touch(bucket);
		if (bucket)
			touch(flow_way(bucket, family, VFG_FLOW_WAYS / 2));
	}
}

/**
 * vfg_flow_open - one attempt to enter a flow that a rule has allowed
 * @ret_hit: the entry
 *
 * Takes, in this order: the slot that already has the key; a free or expired one, of the first
 * bucket if there is one; the one of the unestablished flow that has been silent longest.
 *
 * Return: enum vfg_flow_opened.
 */
static __always_inline int vfg_flow_open(__u32 family, const struct vfg_flow_step *step,
					 const struct vfg_flow_key *key,
					 const struct vfg_flow_opening *opening,
					 struct vfg_flow_hit *ret_hit)
{
	int found = 1;

	touch_all(family, key);
	if (!vfg_flow_find(family, key, ret_hit))
		found = find_room(family, key, opening, ret_hit);
	else if (goes_on(opening->control, step, ret_hit, opening->now))
		return adopt(opening, ret_hit) ? VFG_FLOW_ADOPTED : VFG_FLOW_LOST;
	if (found != 1)
		return found ? VFG_FLOW_REFUSED : VFG_FLOW_LOST;
	return claim(family, key, step->direction, opening, ret_hit) ? VFG_FLOW_ENTERED
								     : VFG_FLOW_LOST;
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
