/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads filters of flows, and applies them. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "../policy-compiler/protocol.h"
#include "flow_match.h"
#include "status.h"

typedef int take_value(struct vfg_flow_filter *filter, const char *value);

static int take_local(struct vfg_flow_filter *filter, const char *value)
{
	filter->has_local = true;
	return vfg_endpoint_parse(value, &filter->local);
}

static int take_remote(struct vfg_flow_filter *filter, const char *value)
{
	filter->has_remote = true;
	return vfg_endpoint_parse(value, &filter->remote);
}

static int take_port(struct vfg_flow_filter *filter, const char *value)
{
	filter->has_port = true;
	filter->port = vfg_endpoint_port(value);
	return filter->port == VFG_PORT_NONE ? -EINVAL : 0;
}

static int take_protocol(struct vfg_flow_filter *filter, const char *value)
{
	int number = vfg_protocol_parse(value);

	filter->has_protocol = true;
	filter->protocol = (uint8_t)number;
	return number < 0 ? -EINVAL : 0;
}

/* One name of @length bytes. Return: its state, 0 where it is none. */
static int state_of(const char *name, size_t length)
{
	for (int state = VFG_FLOW_NEW; state < VFG_FLOW_STATE_MAX; state++) {
		if (strlen(vfg_status_states[state]) == length &&
		    !strncasecmp(vfg_status_states[state], name, length))
			return state;
	}
	return 0;
}

static int take_state(struct vfg_flow_filter *filter, const char *value)
{
	for (;;) {
		size_t length = strcspn(value, ",");
		int state = state_of(value, length);

		if (!state)
			return -EINVAL;
		filter->states |= 1U << state;
		if (!value[length])
			return 0;
		value += length + 1;
	}
}

static int take_rule(struct vfg_flow_filter *filter, const char *value)
{
	filter->rule = value;
	return *value ? 0 : -EINVAL;
}

static int take_direction(struct vfg_flow_filter *filter, const char *value)
{
	filter->has_direction = true;
	filter->direction = strcasecmp(value, "Inbound") ? VFG_OUTBOUND : VFG_INBOUND;
	return strcasecmp(value, "Inbound") && strcasecmp(value, "Outbound") ? -EINVAL : 0;
}

static const struct {
	const char *flag;
	take_value *take;
	const char *problem;
} filters[] = {
	{"--local", take_local, "takes IP[/LEN][:PORT] or :PORT, IPv6 with a port as [IP]:PORT"},
	{"--remote", take_remote, "takes IP[/LEN][:PORT] or :PORT, IPv6 with a port as [IP]:PORT"},
	{"--port", take_port, "takes a port number, 0 to 65535"},
	{"--protocol", take_protocol, "takes " VFG_PROTOCOL_WORDS},
	{"--state", take_state,
	 "takes new, replied, established, fin, closing, reset, or several with commas"},
	{"--rule", take_rule, "takes the name of a rule; `vfguard counters DEV` lists them"},
	{"--direction", take_direction, "takes Inbound or Outbound"},
};

int vfg_flow_filter_take(struct vfg_flow_filter *filter, int argc, char **argv, int *index,
			 const char **ret_problem)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (strcmp(argv[*index], filters[i].flag) != 0)
			continue;
		*ret_problem = filters[i].problem;
		if (*index + 1 == argc || filters[i].take(filter, argv[*index + 1]))
			return -EINVAL;
		filter->any = true;
		*index += 2;
		return 1;
	}
	return 0;
}

int vfg_flow_port(const struct vfg_flow *flow, uint16_t port)
{
	return flow->protocol == IPPROTO_TCP || flow->protocol == IPPROTO_UDP ? port
									      : VFG_PORT_NONE;
}

static bool ends_match(const struct vfg_flow_filter *filter, const struct vfg_flow *flow)
{
	int local = vfg_flow_port(flow, flow->local_port);
	int remote = vfg_flow_port(flow, flow->remote_port);

	if (filter->has_port && filter->port != local && filter->port != remote)
		return false;
	if (filter->has_local &&
	    !vfg_endpoint_matches(&filter->local, flow->family, flow->local, local))
		return false;
	return !filter->has_remote ||
	       vfg_endpoint_matches(&filter->remote, flow->family, flow->remote, remote);
}

bool vfg_flow_matches(const struct vfg_flow_filter *filter, const struct vfg_flow *flow,
		      const struct vfg_rule_name *rule)
{
	if (!filter->any)
		return true;
	if (filter->states && !(filter->states >> flow->state & 1))
		return false;
	if (filter->has_protocol && filter->protocol != flow->protocol)
		return false;
	if (filter->has_direction && filter->direction != flow->opener)
		return false;
	if (!ends_match(filter, flow))
		return false;
	return !filter->rule || vfg_rule_name_is(rule, filter->rule);
}
