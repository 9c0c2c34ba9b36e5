/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage in front of all others: what a guest of the platform cannot live without.
 */
#ifndef VFG_POLICY_COMPILER_PLATFORM_H
#define VFG_POLICY_COMPILER_PLATFORM_H

#include "model.h"
#include "tag.h"

/**
 * vfg_platform_build - the platform's rules, one list a direction
 * @nic, @subnet: the outbound lists of the NSGs, NULL where there is none; a rule of theirs
 * that denies AzurePlatformDNS or AzurePlatformIMDS ends the exemption of DNS or IMDS, unless the
 * same NSG allows the service by an earlier rule
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_platform_build(struct vfg_diag *diag, struct vfg_tags *tags, enum vfg_platform platform,
		       const struct vfg_list *nic, const struct vfg_list *subnet,
		       struct vfg_list *ret_list[VFG_DIRECTION_MAX]);

#endif
