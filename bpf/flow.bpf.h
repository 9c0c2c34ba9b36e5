/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table (maps/flow.h): find a flow, ask how it is, follow it. XDP only finds. Opening one
 * is claim.bpf.h's, counting what it carried account.bpf.h's.
 *
 * Entries of both families have one shape, and so one body: a 64-bit meta word, the key in words,
 * then when it was seen, then its rule.
 *
 *    IPv4, 32 bytes   meta | 2 key words  | seen rule
 *    IPv6, 64 bytes   meta | 5 key words  | seen rule | pad
 *
 * A program runs to its end, so no slot stays BUSY but for the few instructions of a claim.
 */
#ifndef VFG_BPF_FLOW_BPF_H
#define VFG_BPF_FLOW_BPF_H

#include "key.bpf.h"
#include "../maps/tables.bpf.h"

enum {
	/* A compare-and-swap is lost only to another CPU at the same entry, at the same moment. */
	VFG_FLOW_ATTEMPTS = 4,
	VFG_FLOW_SEQUENCE_MASK = 0xffff,
	/* How far apart, in ticks, two CPUs may see the time: 2^4. */
	VFG_FLOW_SKEW_BITS = 4,
};

_Static_assert(offsetof(struct vfg_flow4, local) == 8, "key after meta");
_Static_assert(offsetof(struct vfg_flow6, local) == 8, "key after meta");
_Static_assert(offsetof(struct vfg_flow4, seen) == 8 + VFG_KEY_WORDS_V4 * 8, "seen after key");
_Static_assert(offsetof(struct vfg_flow6, seen) == 8 + VFG_KEY_WORDS_V6 * 8, "seen after key");

/* An entry in the table, as found: its slot and what it said at that moment. */
struct vfg_flow_hit {
	__u64 *meta; /* the entry: its first word */
	__u32 *tail; /* the entry behind its key: when seen, and its rule */
	__u64 found; /* meta's value when the key was compared */
	__u32 seen;
	__u32 rule;
	__u32 bucket;
	__u32 way;
};

static __always_inline __u32 flow_state(__u64 meta)
{
	return meta & VFG_FLOW_STATE_MASK;
}

static __always_inline __u32 flow_generation(__u64 meta)
{
	return meta >> VFG_FLOW_GENERATION_SHIFT;
}

static __always_inline __u32 flow_opener(__u64 meta)
{
	return meta & VFG_FLOW_OUTBOUND ? VFG_OUTBOUND : VFG_INBOUND;
}

static __always_inline bool is_live(__u64 meta)
{
	return flow_state(meta) > VFG_FLOW_BUSY;
}

static __always_inline __u32 *tail_of(__u64 *meta, __u32 words)
{
	return (__u32 *)(meta + 1 + words);
}

/* A word of the table, read once: others write it. */
static __always_inline __u64 read_word(const __u64 *word)
{
	return *(const volatile __u64 *)word;
}

static __always_inline struct vfg_tag_bucket *tag_bucket(__u32 family, __u32 bucket)
{
	if (family == VFG_IPV4)
		return bpf_map_lookup_elem(&vfg_tag4, &bucket);
	return bpf_map_lookup_elem(&vfg_tag6, &bucket);
}

/* Bit 7, 15, 23 or 31 is set where the way of that byte may have the tag. (A way above one that has
 * it may be named wrongly; the entry tells.) */
static __always_inline __u32 tag_matches(const struct vfg_tag_bucket *tags, __u32 tag)
{
	__u32 difference = __le32_to_cpu(*(const volatile __u32 *)tags->way) ^ tag * 0x01010101;

	return (difference - 0x01010101) & ~difference & 0x80808080;
}

static __always_inline __u32 first_way(__u32 matches)
{
	return ((matches & -matches) >> 7) * 0x00010203 >> 24 & (VFG_FLOW_WAYS - 1);
}

static __always_inline void *flow_bucket(__u32 family, __u32 bucket)
{
	if (family == VFG_IPV4)
		return bpf_map_lookup_elem(&vfg_flow4, &bucket);
	return bpf_map_lookup_elem(&vfg_flow6, &bucket);
}

static __always_inline __u64 *flow_way(void *bucket, __u32 family, __u32 way)
{
	return bucket +
	       way * (family == VFG_IPV4 ? sizeof(struct vfg_flow4) : sizeof(struct vfg_flow6));
}

static __always_inline bool same_key(const __u64 *meta, const struct vfg_flow_key *key, __u32 words)
{
	for (__u32 i = 0; i < words; i++)
		if (read_word(meta + 1 + i) != key->word[i])
			return false;
	return true;
}

/* Both times the same live entry, or what was compared in between belongs to nobody. */
static __always_inline bool same_entry(__u64 before, __u64 after)
{
	return is_live(after) &&
	       (before >> VFG_FLOW_SEQUENCE_SHIFT & VFG_FLOW_SEQUENCE_MASK) ==
		       (after >> VFG_FLOW_SEQUENCE_SHIFT & VFG_FLOW_SEQUENCE_MASK);
}

/* Is the key in this way, in whatever live state? */
static __always_inline bool look_at(__u32 family, const struct vfg_flow_key *key, __u64 *meta,
				    struct vfg_flow_hit *ret_hit)
{
	__u64 before = read_word(meta);
	__u32 words = key_words(family);

	if (!same_key(meta, key, words) || !is_live(before))
		return false;
	ret_hit->meta = meta;
	ret_hit->tail = tail_of(meta, words);
	ret_hit->seen = ret_hit->tail[0];
	ret_hit->rule = ret_hit->tail[1];
	ret_hit->found = read_word(meta);
	return same_entry(before, ret_hit->found);
}

static __always_inline bool find_in(__u32 family, const struct vfg_flow_key *key, __u32 choice,
				    const struct vfg_tag_bucket *tags, struct vfg_flow_hit *ret_hit)
{
	__u32 matches = tag_matches(tags, key_tag(key)), way;
	void *bucket;

	if (!matches)
		return false;
	bucket = flow_bucket(family, key->bucket[choice]);
	if (!bucket)
		return false;
	for (__u32 i = 0; i < VFG_FLOW_WAYS && matches; i++) {
		way = first_way(matches);
		matches ^= matches & -matches;
		if (!look_at(family, key, flow_way(bucket, family, way), ret_hit))
			continue;
		ret_hit->bucket = key->bucket[choice];
		ret_hit->way = way;
		return true;
	}
	return false;
}

/* Where most entries are: in the way that their claim preferred. */
static __always_inline bool find_preferred(__u32 family, const struct vfg_flow_key *key,
					   struct vfg_flow_hit *ret_hit)
{
	void *bucket = flow_bucket(family, key->bucket[0]);

	ret_hit->bucket = key->bucket[0];
	ret_hit->way = key_way(key);
	return bucket && look_at(family, key, flow_way(bucket, family, ret_hit->way), ret_hit);
}

static __always_inline bool find_entry(__u32 family, const struct vfg_flow_key *key,
				       struct vfg_flow_hit *ret_hit)
{
	const struct vfg_tag_bucket *tags;

	if (!key->is_opening && find_preferred(family, key, ret_hit))
		return true;
	tags = tag_bucket(family, key->bucket[0]);
	if (!tags)
		return false;
	if (find_in(family, key, 0, tags, ret_hit))
		return true;
	if (!*(const volatile __u32 *)&tags->overflow)
		return false;
	tags = tag_bucket(family, key->bucket[1]);
	return tags && find_in(family, key, 1, tags, ret_hit);
}

/**
 * vfg_flow_find - the entry of a key, in whatever live state
 */
static __always_inline bool vfg_flow_find(__u32 family, const struct vfg_flow_key *key,
					  struct vfg_flow_hit *ret_hit)
{
	if (family == VFG_IPV4)
		return find_entry(VFG_IPV4, key, ret_hit);
	return find_entry(VFG_IPV6, key, ret_hit);
}

static __always_inline struct vfg_flow_step vfg_flow_step(const struct vfg_packet *packet)
{
	return (struct vfg_flow_step){packet->direction, packet->ends.protocol, packet->tcp_flags};
}

/* Judged under a policy whose flows are to be judged again. */
static __always_inline bool vfg_flow_is_outdated(__u64 meta, __u32 keep_since)
{
	return (__s32)(flow_generation(meta) - keep_since) < 0;
}

/* A TCP connection that is over, and a packet that begins the next one between the same ends. */
static __always_inline bool begins_anew(__u64 meta, const struct vfg_flow_step *step)
{
	__u32 state = flow_state(meta);

	if (state != VFG_FLOW_CLOSING && state != VFG_FLOW_RESET)
		return false;
	return vfg_flow_is_opening(step->tcp_flags);
}

/**
 * vfg_flow_admits - does the packet go with this entry, without a rule? Time is not asked.
 */
static __always_inline bool vfg_flow_admits(__u64 meta, const struct vfg_flow_step *step,
					    __u32 keep_since)
{
	if (begins_anew(meta, step))
		return false;
	return !vfg_flow_is_outdated(meta, keep_since) || flow_opener(meta) != step->direction;
}

/* b where the condition is 1, a where it is 0, without a branch. The empty statement keeps clang
 * from making one again. */
static __always_inline __u64 pick(__u64 condition, __u64 a, __u64 b)
{
	asm volatile("" : "+r"(condition));
	return a ^ ((a ^ b) & -condition);
}

static __always_inline __u64 is_zero(__u64 value)
{
	value = 1 - ((value | -value) >> 63);
	asm volatile("" : "+r"(value));
	return value;
}

/*
 * 1 where a flow has been silent for too long. An age just below zero (another CPU noted the time
 * after we read the clock) is young. Without a branch, for the verifier's sake: a claim asks this
 * of eight slots in a row, and two ways through each would be 256.
 */
static __always_inline __u32 is_over(const struct vfg_control *control, __u64 meta, __u8 protocol,
				     __u32 age)
{
	__u32 state = meta & (VFG_FLOW_STATE_MAX - 1);
	__u32 tcp = *(const volatile __u32 *)&control->timeout_ticks[state];
	__u32 udp = *(const volatile __u32 *)&control->timeout_udp_ticks;
	__u32 icmp = *(const volatile __u32 *)&control->timeout_icmp_ticks;
	__u64 timeout = *(const volatile __u32 *)&control->timeout_other_ticks;

	timeout = pick(is_zero((protocol ^ IPPROTO_ICMP) * (protocol ^ IPPROTO_ICMPV6)), timeout,
		       icmp);
	timeout = pick(is_zero(protocol ^ IPPROTO_UDP), timeout, udp);
	timeout = pick(is_zero(protocol ^ IPPROTO_TCP), timeout, tcp);
	return (timeout - age) >> 63 & (1 - is_zero((__u32)~age >> VFG_FLOW_SKEW_BITS));
}

/**
 * vfg_flow_is_expired - has the flow been silent for longer than its state allows?
 * @now: ticks; differences are right across the wrap of the counter
 */
static __always_inline bool vfg_flow_is_expired(const struct vfg_control *control,
						const struct vfg_flow_hit *hit,
						const struct vfg_flow_key *key, __u32 family,
						__u32 now)
{
	__u8 protocol = key->word[key_words(family) - 1] >> 32;

	return is_over(control, hit->found, protocol, now - hit->seen);
}

/*
 * Where TCP goes from here. A FIN or RST of an opener that nobody answered changes nothing: else
 * one who forges both could raise entries that are never evicted.
 */
static __always_inline __u32 next_tcp_state(__u64 meta, __u32 flags, bool from_opener)
{
	__u32 state = flow_state(meta);

	if (state == VFG_FLOW_NEW && from_opener)
		return state;
	if (flags & VFG_TCP_RST)
		return VFG_FLOW_RESET;
	if ((meta & VFG_FLOW_FIN_IN) && (meta & VFG_FLOW_FIN_OUT))
		return VFG_FLOW_CLOSING;
	if (state == VFG_FLOW_NEW && (flags & VFG_TCP_SYN))
		return VFG_FLOW_REPLIED;
	if (state == VFG_FLOW_RESET && (flags & VFG_TCP_SYN))
		return state;
	if (state == VFG_FLOW_REPLIED && (!from_opener || !(flags & VFG_TCP_ACK)))
		return state;
	return meta & (VFG_FLOW_FIN_IN | VFG_FLOW_FIN_OUT) ? VFG_FLOW_FIN : VFG_FLOW_ESTABLISHED;
}

static __always_inline __u64 next_meta(__u64 meta, const struct vfg_flow_step *step)
{
	bool from_opener = flow_opener(meta) == step->direction;
	__u32 state = flow_state(meta);

	if (step->protocol != IPPROTO_TCP) {
		if (state == VFG_FLOW_NEW && !from_opener)
			state = VFG_FLOW_ESTABLISHED;
	} else {
		if (step->tcp_flags & VFG_TCP_FIN)
			meta |= step->direction == VFG_INBOUND ? VFG_FLOW_FIN_IN : VFG_FLOW_FIN_OUT;
		state = next_tcp_state(meta, step->tcp_flags, from_opener);
	}
	return (meta & ~(__u64)VFG_FLOW_STATE_MASK) | state;
}

/**
 * vfg_flow_follow - a packet of the flow went by: move its state, note the time
 * @tick_hz: the time is written at most once a second, or when the state changes
 *
 * The time is written plainly: should the slot have changed hands meanwhile, the new flow is given
 * nothing but the present.
 */
static __always_inline void vfg_flow_follow(const struct vfg_flow_step *step,
					    const struct vfg_flow_hit *hit, __u32 now,
					    __u32 tick_hz)
{
	__u64 meta = hit->found, next, was;
	bool moved = false;

	for (__u32 i = 0; i < VFG_FLOW_ATTEMPTS; i++) {
		next = next_meta(meta, step);
		if (next == meta)
			break;
		was = __sync_val_compare_and_swap(hit->meta, meta, next);
		if (was == meta) {
			moved = true;
			break;
		}
		if (!same_entry(meta, was))
			return;
		meta = was;
	}
	if (moved || now - hit->seen >= tick_hz)
		*(volatile __u32 *)hit->tail = now;
}

static __always_inline struct vfg_tally *vfg_flow_tally(__u32 family, __u32 bucket, __u32 way)
{
	struct vfg_tally_bucket *tally;

	if (family == VFG_IPV4)
		tally = bpf_map_lookup_elem(&vfg_tally4, &bucket);
	else
		tally = bpf_map_lookup_elem(&vfg_tally6, &bucket);
	if (!tally)
		return NULL;
	/* else clang adds the way before it tests for NULL, which no kernel permits */
	asm volatile("" : "+r"(tally));
	return &tally->way[way & (VFG_FLOW_WAYS - 1)];
}

#endif
