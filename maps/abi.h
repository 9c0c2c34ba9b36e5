/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words that every room shares: the version of the contract, directions, hooks, families and
 * stages. Types of the kernel's own user interface only, so that the folder compiles for the host
 * and for BPF.
 */
#ifndef VFG_MAPS_ABI_H
#define VFG_MAPS_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Raised by every change of a layout in this folder; part of the pin path, so old and new never
 * meet. */
enum { VFG_ABI = 4 };

enum vfg_direction {
	VFG_INBOUND = 0,
	VFG_OUTBOUND = 1,
	VFG_DIRECTION_MAX = 2,
};

/* Where a packet is judged. TC_EGRESS_VF is below the master, for what has bypassed its egress: a
 * socket bound to the VF, or PACKET_QDISC_BYPASS on the master. */
enum vfg_hook {
	VFG_HOOK_XDP = 0,
	VFG_HOOK_TC_INGRESS = 1,
	VFG_HOOK_TC_EGRESS = 2,
	VFG_HOOK_TC_EGRESS_VF = 3,
	VFG_HOOK_MAX = 4,
};

enum vfg_family {
	VFG_IPV4 = 0,
	VFG_IPV6 = 1,
	VFG_FAMILY_MAX = 2,
};

/*
 * Lists that judge in sequence. Inbound: platform, admin, subnet, NIC. Outbound: platform, admin,
 * NIC, subnet. Source: Azure documentation, "How network security groups filter network traffic".
 */
enum vfg_stage {
	VFG_STAGE_PLATFORM = 0,
	VFG_STAGE_ADMIN = 1,
	VFG_STAGE_SUBNET = 2,
	VFG_STAGE_NIC = 3,
	VFG_STAGE_MAX = 4,
};

/* What a matching rule does. ALLOW goes on to the next stage; the other two end the walk. */
enum vfg_action {
	VFG_ACTION_DENY = 0,
	VFG_ACTION_ALLOW = 1,
	VFG_ACTION_ALWAYS_ALLOW = 2,
};

#endif
