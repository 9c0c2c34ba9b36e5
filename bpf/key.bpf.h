/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key of a flow, and where the table would hold it. The table itself is flow.bpf.h's.
 */
#ifndef VFG_BPF_KEY_BPF_H
#define VFG_BPF_KEY_BPF_H

#include "packet.bpf.h"
#include "../maps/control.h"

enum {
	VFG_KEY_WORDS_V4 = 2,
	VFG_KEY_WORDS_V6 = 5,
	/* Two buckets, by two parts of the hash. */
	VFG_FLOW_CHOICES = 2,
};

_Static_assert(sizeof(struct vfg_ends) == VFG_KEY_WORDS_V6 * 8, "struct vfg_ends is the IPv6 key");

/* A key, and where the table would hold it. */
struct vfg_flow_key {
	__u64 word[VFG_KEY_WORDS_V6];
	__u64 hash;
	__u32 bucket[VFG_FLOW_CHOICES];
	/* A TCP SYN, which is hardly ever in the table: ask the tags first. Any other packet looks
	   at the way that its entry would have preferred, and most need no more. */
	__u32 is_opening;
	__u32 pad0;
};

/* What of a packet moves its flow on. */
struct vfg_flow_step {
	__u32 direction;
	__u32 protocol;
	__u32 tcp_flags;
};

static __always_inline __u32 key_words(__u32 family)
{
	return family == VFG_IPV4 ? VFG_KEY_WORDS_V4 : VFG_KEY_WORDS_V6;
}

/*
 * A sum of products of 32-bit halves, each with a part of a secret added, as in NH (Black et al.,
 * UMAC, CRYPTO '99): who does not know the seed finds two keys of one sum with a chance of about
 * 2^-32 a pair. A multiplication by a secret odd number spreads the sum over the upper bits
 * (Dietzfelbinger et al., 1997), the exclusive or over the lower ones.
 */
static __always_inline __u64 hash_words(const __u64 *word, __u32 words,
					const struct vfg_control *control)
{
	__u64 hash = control->seed[1], secret = control->seed[0];

	for (__u32 i = 0; i < words; i++) {
		hash += (__u64)((__u32)word[i] + (__u32)secret) *
			((__u32)(word[i] >> 32) + (__u32)(secret >> 32));
		secret += control->seed[1] | 1;
	}
	hash = (hash ^ hash >> 32) * (control->seed[0] | 1);
	return hash ^ hash >> 32;
}

/* The hash, 63 .. 0: 24 bits for the first choice, ..., 2 for the way (33), 8 for the tag (31), 24
 * for the second choice. VFG_FLOW_BUCKETS_MAX keeps the masks below 24 bits. */
static __always_inline void vfg_flow_place(const struct vfg_control *control, __u32 family,
					   struct vfg_flow_key *key)
{
	__u32 mask = control->flow_mask[family];

	key->hash = hash_words(key->word, key_words(family), control);
	key->bucket[0] = key->hash >> 40 & mask;
	key->bucket[1] = key->hash & mask;
}

static __always_inline __u32 key_tag(const struct vfg_flow_key *key)
{
	return key->hash >> 24 & 0xff;
}

/* The way that a claim prefers. */
static __always_inline __u32 key_way(const struct vfg_flow_key *key)
{
	return key->hash >> 32 & (VFG_FLOW_WAYS - 1);
}

static __always_inline bool vfg_flow_is_opening(__u32 tcp_flags)
{
	return (tcp_flags & (VFG_TCP_SYN | VFG_TCP_ACK)) == VFG_TCP_SYN;
}

static __always_inline void vfg_flow_key_of(const struct vfg_control *control, __u32 family,
					    const struct vfg_ends *ends,
					    struct vfg_flow_key *ret_key)
{
	if (family == VFG_IPV4) {
		ret_key->word[0] = (__u64)ends->remote[0] << 32 | ends->local[0];
		ret_key->word[1] = ((const __u64 *)ends)[4];
		vfg_flow_place(control, VFG_IPV4, ret_key);
	} else {
		__builtin_memcpy(ret_key->word, ends, sizeof(*ends));
		vfg_flow_place(control, VFG_IPV6, ret_key);
	}
}

/**
 * vfg_flow_key - the key of the flow that a packet belongs to, or that an ICMP error is about
 */
static __always_inline void vfg_flow_key(const struct vfg_control *control,
					 const struct vfg_packet *packet,
					 struct vfg_flow_key *ret_key)
{
	ret_key->is_opening = vfg_flow_is_opening(packet->tcp_flags);
	vfg_flow_key_of(control, packet->family, packet->has_about ? &packet->about : &packet->ends,
			ret_key);
}

#endif
