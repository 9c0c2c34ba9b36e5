/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an address to its class: the tries of maps/policy.h, and the lists behind the upper half of
 * an IPv6 address. What classes mean is classify.bpf.h's.
 */
#ifndef VFG_BPF_ADDRESS_BPF_H
#define VFG_BPF_ADDRESS_BPF_H

#include "cursor.bpf.h"
#include "policy.bpf.h"

enum {
	VFG_TRIE_STRIDE_MASK = 15,
	VFG_TRIE_CLASS_MASK = VFG_POLICY_CLASSES_MAX - 1,
	VFG_CLASS_BROKEN = VFG_POLICY_CLASSES_MAX, /* the policy points outside itself */
	VFG_TAIL_MAX = 1 << VFG_TRIE_TAIL_STEPS,
};

/* 1 where a < b, without a branch: with one, the verifier would follow every path of the search. */
static __always_inline __u64 is_below(__u64 a, __u64 b)
{
	return ((~a & b) | ((~a | b) & (a - b))) >> 63;
}

/* The highest power of two at or below a count; 0 of 0. */
static __always_inline __u64 top_bit(__u64 count)
{
	for (__u32 i = 1; i < 64; i <<= 1)
		count |= count >> i;
	return count - (count >> 1);
}

/*
 * The interval of a tail that holds the low 64 bits of an address: the last that begins at or below
 * them. The mask keeps the bounds of `base` the same in every step, for the verifier, and
 * the slab is looked up in each: two ways in each of 17 steps cost it 80,000 instructions.
 */
static __always_inline __u32 search_tail(const struct vfg_policy_view *policy, __u32 list,
					 __u64 low)
{
	const struct vfg_policy_slab *slab = vfg_policy_slab(policy, list);
	__u64 count, base = 0, step, at, is_inside;

	if (!slab)
		return VFG_CLASS_BROKEN;
	count = vfg_policy_u64(slab, list) & (2 * VFG_TAIL_MAX - 1);
	list += sizeof(struct vfg_tail);
	step = top_bit(count - 1);
	for (__u32 i = 0; i < VFG_TRIE_TAIL_STEPS && step; i++) {
		is_inside = is_below(base + step, count);
		at = list + (base + step * is_inside) * sizeof(struct vfg_tail);
		slab = vfg_policy_look_up(policy, at);
		if (!slab)
			return VFG_CLASS_BROKEN;
		base += step * is_inside * (1 - is_below(low, vfg_policy_u64(slab, at)));
		base &= VFG_TAIL_MAX - 1;
		step >>= 1;
	}
	at = list + base * sizeof(struct vfg_tail);
	slab = vfg_policy_look_up(policy, at);
	if (!slab)
		return VFG_CLASS_BROKEN;
	return vfg_policy_u32(slab, at + offsetof(struct vfg_tail, class_id)) & VFG_TRIE_CLASS_MASK;
}

/* From the top entry of a trie to the class of an address. */
static __noinline __u32 walk_trie(void *slabs, const struct vfg_policy_slab *first, __u32 entry,
				  __u64 high, __u64 low)
{
	const struct vfg_policy_view policy = {.slabs = slabs, .first = first};
	const struct vfg_policy_slab *slab;
	__u32 stride, offset;

	for (__u32 i = 0; i < VFG_TRIE_DEPTH_V6; i++) {
		if (entry >> VFG_TRIE_KIND_SHIFT != VFG_TRIE_NODE)
			break;
		stride = ((entry >> VFG_TRIE_STRIDE_SHIFT) & VFG_TRIE_STRIDE_MASK) + 1;
		offset = (entry & VFG_TRIE_INDEX_MASK) * VFG_TRIE_NODE_UNIT;
		offset += (__u32)(high >> (64 - stride)) * sizeof(entry);
		slab = vfg_policy_slab(&policy, offset);
		if (!slab)
			return VFG_CLASS_BROKEN;
		entry = vfg_policy_u32(slab, offset);
		high <<= stride;
	}
	if (entry >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_LEAF)
		return entry & VFG_TRIE_CLASS_MASK;
	if (entry >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_TAIL)
		return search_tail(&policy, (entry & VFG_TRIE_INDEX_MASK) * VFG_TRIE_TAIL_UNIT,
				   low);
	return VFG_CLASS_BROKEN;
}

static __always_inline __u64 address_high(const __be32 *address, __u32 family)
{
	__u64 high = (__u64)bpf_ntohl(address[0]) << 32;

	return family == VFG_IPV4 ? high : high | bpf_ntohl(address[1]);
}

static __always_inline __u64 address_low(const __be32 *address)
{
	return (__u64)bpf_ntohl(address[2]) << 32 | bpf_ntohl(address[3]);
}

static __always_inline __u32 address_class(struct vfg_policy_view *policy, __u32 role, __u32 family,
					   const __be32 *address)
{
	return walk_trie(policy->slabs, policy->first, policy->head->trie[role & 1][family & 1],
			 address_high(address, family), address_low(address));
}

#endif
