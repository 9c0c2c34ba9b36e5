/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: rules in memory, after reading and checking, before any table. Readers make it, the
 * oracle judges by it, the class builder turns it into tables. All of it lives in an arena; nothing
 * is freed.
 */
#ifndef VFG_POLICY_COMPILER_MODEL_H
#define VFG_POLICY_COMPILER_MODEL_H

#include "nsgc.h"

/* An address as a number: IPv4 0..2^32-1, IPv6 the 128 bits in host order. */
typedef unsigned __int128 vfg_u128;

/* Inclusive. */
struct vfg_address_range {
	vfg_u128 first;
	vfg_u128 last;
};

struct vfg_port_range {
	uint16_t first;
	uint16_t last;
};

/*
 * A set of addresses. Sets are shared: every rule that names the same service tag points to the
 * same set, so the class builder counts a set once. any: every address of both families, and no
 * ranges. Ranges of each family are sorted, disjoint and not adjacent.
 */
struct vfg_set {
	bool any;
	size_t count[VFG_FAMILY_MAX];
	struct vfg_address_range *range[VFG_FAMILY_MAX];
};

/* Sorted, disjoint, not adjacent; all ports is one range 0-65535. */
struct vfg_ports {
	size_t count;
	struct vfg_port_range *range;
};

enum {
	VFG_PROTOCOL_ANY = 256, /* "*" */
};

/*
 * One rule, in the terms of a packet. It matches when
 *   - its family admits the packet (Icmp is IPv4 only: protocol 1),
 *   - protocol is ANY or the packet's,
 *   - source and destination contain the packet's addresses,
 *   - and ports do: for TCP and UDP packets both port sets must contain the packet's; for any other
 * packet a rule of a protocol that has no ports (Icmp, Esp, Ah) ignores them, and an ANY rule
 * matches only if both sets are 0-65535.
 */
struct vfg_model_rule {
	const char *name; /* as answers spell it: "securityRules/X", "defaultSecurityRules/X",
			     "platformRules/Dns" */
	uint16_t priority;
	uint16_t protocol; /* 0..255 or VFG_PROTOCOL_ANY */
	uint8_t direction; /* enum vfg_direction */
	uint8_t action;	   /* enum vfg_action */
	const struct vfg_set *source;
	const struct vfg_set *destination;
	struct vfg_ports source_ports;
	struct vfg_ports destination_ports;
};

/* One list of a direction, in the order it is tried (priority ascending, then input order). */
struct vfg_list {
	const char *name; /* the NSG's */
	const char *file; /* that it was read from, NULL where none or several */
	const char *id;	  /* "/subscriptions/...", or NULL */
	uint8_t stage;	  /* enum vfg_stage */
	size_t count;
	struct vfg_model_rule *rule;
};

/* Lists in the order of the walk; a list without rules in a direction is absent there. */
struct vfg_pipeline {
	size_t count;
	struct vfg_list *list[VFG_STAGE_MAX];
};

struct vfg_model {
	struct vfg_pipeline pipeline[VFG_DIRECTION_MAX];
	const char *label; /* the NSGs' names: "subnet-nsg + nic-nsg" */
	bool flush_connection;
	uint64_t source_digest;
};

#endif
