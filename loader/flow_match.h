/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flows a user means: the filters of `vfguard flows`. Pure. */
#ifndef VFG_LOADER_FLOW_MATCH_H
#define VFG_LOADER_FLOW_MATCH_H

#include "endpoint.h"
#include "flow_slot.h"
#include "rule_name.h"

/* All that are given must hold. */
struct vfg_flow_filter {
	bool any; /* some filter is given */
	bool has_local, has_remote;
	struct vfg_endpoint_filter local, remote;
	bool has_port;
	int port; /* at either end */
	bool has_protocol;
	uint8_t protocol;
	uint32_t states; /* bit by enum vfg_flow_state; 0: any */
	const char *rule;
	bool has_direction;
	uint8_t direction; /* which opened it */
};

/**
 * vfg_flow_filter_take - take argv[*index] if it is a filter
 * @index: moved past the filter's value
 * @ret_problem: on -EINVAL, what is wrong with it, one line
 *
 * Return: 1 taken, 0 not one of ours, -EINVAL with @ret_problem.
 */
int vfg_flow_filter_take(struct vfg_flow_filter *filter, int argc, char **argv, int *index,
			 const char **ret_problem);

/**
 * vfg_flow_matches - does a flow pass the filter?
 * @rule: that of the flow's id
 */
bool vfg_flow_matches(const struct vfg_flow_filter *filter, const struct vfg_flow *flow,
		      const struct vfg_rule_name *rule);

/* Return: a port of a flow, or VFG_PORT_NONE: only TCP and UDP have them, ICMP has an identifier in
 * their place. */
int vfg_flow_port(const struct vfg_flow *flow, uint16_t port);

#endif
