/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet was let through or dropped: the one list that programs, loader and documentation
 * share.
 */
#ifndef VFG_MAPS_REASON_H
#define VFG_MAPS_REASON_H

#include "abi.h"

/* X(NAME, "name", "what it means"). Let through first, then DEFER, then dropped. */
#define VFG_REASONS(X)                                                                             \
	X(RULE_ALLOW, "rule-allow", "a new flow that the rules allow")                             \
	X(FLOW, "flow", "belongs to a live flow")                                                  \
	X(RELATED, "related", "ICMP error about a live flow")                                      \
	X(FRAGMENT, "fragment", "later fragment of a packet that was let through")                 \
	X(ARP, "arp", "address resolution")                                                        \
	X(LINK_CONTROL, "link-control", "LACP, LLDP or EAPOL: never leaves the link")              \
	X(NEIGHBOUR, "neighbour", "ICMPv6 neighbour discovery or multicast listener report")       \
	X(ICMP6_ERROR, "icmp6-error", "ICMPv6 error: IPv6 does not work without them")             \
	X(DEFER, "defer", "XDP leaves it to TC: a later fragment, or a flow to judge again")       \
	X(RULE_DENY, "rule-deny", "a rule denies it")                                              \
	X(NO_RULE, "no-rule", "no rule matched: the policy is incomplete")                         \
	X(NO_POLICY, "no-policy", "no policy has been applied")                                    \
	X(TRUNCATED, "truncated", "shorter than its headers say")                                  \
	X(BAD_HEADER, "bad-header", "a header contradicts itself")                                 \
	X(VLAN_DEPTH, "vlan-depth", "more than two VLAN tags")                                     \
	X(EXTENSION_CHAIN, "extension-chain", "too many IPv6 extension headers")                   \
	X(NOT_IP, "not-ip", "neither IP, ARP nor link control")                                    \
	X(FRAGMENT_ORPHAN, "fragment-orphan",                                                      \
	  "later fragment whose first was not let through, or not yet")                            \
	X(FLOW_FULL, "flow-full", "allowed, but the flow table has no room")

enum vfg_reason {
#define VFG_REASON_ENUM(name, text, meaning) VFG_REASON_##name,
	VFG_REASONS(VFG_REASON_ENUM)
#undef VFG_REASON_ENUM
		VFG_REASON_MAX
};

static inline int vfg_reason_drops(__u32 reason)
{
	return reason > VFG_REASON_DEFER;
}

#endif
