/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the policy in force: one arena of bytes in slabs of one inner map. The first slab is looked
 * up once; a slab that is not there makes the reader fail, and the packet is dropped.
 */
#ifndef VFG_BPF_POLICY_BPF_H
#define VFG_BPF_POLICY_BPF_H

#include <bpf/bpf_helpers.h>

#include "../maps/policy.h"
#include "../maps/tables.bpf.h"

/* The policy that judges this packet, from its first look to its last. */
struct vfg_policy_view {
	void *slabs; /* the inner map */
	union {
		const struct vfg_policy_slab *first;
		const struct vfg_policy *head; /* which it begins with */
	};
};

/* The slab of an offset, always by a look-up: one way for the verifier. */
static __always_inline const struct vfg_policy_slab *
vfg_policy_look_up(const struct vfg_policy_view *policy, __u32 offset)
{
	__u32 slab = offset >> VFG_POLICY_SLAB_BITS;

	return bpf_map_lookup_elem(policy->slabs, &slab);
}

/*
 * The slab of an offset. The kernel makes a call of each look-up in an inner map, so what most
 * packets read stands in the first slab, which is at hand.
 */
static __always_inline const struct vfg_policy_slab *
vfg_policy_slab(const struct vfg_policy_view *policy, __u32 offset)
{
	return offset >> VFG_POLICY_SLAB_BITS ? vfg_policy_look_up(policy, offset) : policy->first;
}

/* Values of a slab. An offset inside the arena is masked to one inside the slab, and to the value's
 * own alignment. */
static __always_inline __u16 vfg_policy_u16(const struct vfg_policy_slab *slab, __u32 offset)
{
	return *(const __u16 *)(slab->byte + (offset & (VFG_POLICY_SLAB_BYTES - 2)));
}

static __always_inline __u32 vfg_policy_u32(const struct vfg_policy_slab *slab, __u32 offset)
{
	return *(const __u32 *)(slab->byte + (offset & (VFG_POLICY_SLAB_BYTES - 4)));
}

static __always_inline __u64 vfg_policy_u64(const struct vfg_policy_slab *slab, __u32 offset)
{
	return *(const __u64 *)(slab->byte + (offset & (VFG_POLICY_SLAB_BYTES - 8)));
}

/**
 * vfg_policy_open - find the policy in force
 *
 * Return: false where there is none, or one that these programs do not understand.
 */
static __always_inline bool vfg_policy_open(struct vfg_policy_view *ret_policy)
{
	__u32 active = 0;

	ret_policy->slabs = bpf_map_lookup_elem(&vfg_policy, &active);
	if (!ret_policy->slabs)
		return false;
	ret_policy->first = bpf_map_lookup_elem(ret_policy->slabs, &active);
	return ret_policy->head && ret_policy->head->magic == VFG_POLICY_MAGIC &&
	       ret_policy->head->abi == VFG_ABI;
}

#endif
