/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the policy in force: one arena of bytes in pages of one inner map. Whoever reads gets the
 * page once and stays inside it; a page that is not there makes the reader fail, and the packet is
 * dropped.
 */
#ifndef VFG_BPF_POLICY_BPF_H
#define VFG_BPF_POLICY_BPF_H

#include <bpf/bpf_helpers.h>

#include "../maps/policy.h"
#include "../maps/tables.bpf.h"

/* The policy that judges this packet, from its first look to its last. */
struct vfg_policy_view {
	void *pages; /* the inner map */
	const struct vfg_policy *head;
};

static __always_inline const struct vfg_policy_page *vfg_policy_page(void *pages, __u32 offset)
{
	__u32 page = offset >> VFG_POLICY_PAGE_BITS;

	return bpf_map_lookup_elem(pages, &page);
}

/* Values of a page. An offset inside the arena is masked to one inside the page, and to the value's
 * own alignment. */
static __always_inline __u16 vfg_policy_u16(const struct vfg_policy_page *page, __u32 offset)
{
	return *(const __u16 *)(page->byte + (offset & (VFG_POLICY_PAGE_BYTES - 2)));
}

static __always_inline __u32 vfg_policy_u32(const struct vfg_policy_page *page, __u32 offset)
{
	return *(const __u32 *)(page->byte + (offset & (VFG_POLICY_PAGE_BYTES - 4)));
}

static __always_inline __u64 vfg_policy_u64(const struct vfg_policy_page *page, __u32 offset)
{
	return *(const __u64 *)(page->byte + (offset & (VFG_POLICY_PAGE_BYTES - 8)));
}

/**
 * vfg_policy_open - find the policy in force
 *
 * Return: false where there is none, or one that these programs do not understand.
 */
static __always_inline bool vfg_policy_open(struct vfg_policy_view *ret_policy)
{
	__u32 active = 0;

	ret_policy->pages = bpf_map_lookup_elem(&vfg_policy, &active);
	if (!ret_policy->pages)
		return false;
	ret_policy->head = bpf_map_lookup_elem(ret_policy->pages, &active);
	return ret_policy->head && ret_policy->head->magic == VFG_POLICY_MAGIC &&
	       ret_policy->head->abi == VFG_ABI;
}

#endif
