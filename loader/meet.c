/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes through the whole table: a look-up by hash would have to know what the programs know. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "meet.h"

enum {
	ECHO_4 = 8,
	ECHO_6 = 128,
};

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static bool is_icmp(const struct vfg_tuple *tuple)
{
	return tuple->protocol == (tuple->family == VFG_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static bool ports_fit(const struct vfg_question *question, const struct vfg_flow6 *flow)
{
	const struct vfg_tuple *tuple = &question->tuple;
	bool inbound = tuple->direction == VFG_INBOUND;
	bool any_local = !inbound && !question->has_local_port;
	bool any_remote = inbound && !question->has_remote_port;

	return (any_local || ntohs(flow->local_port) == tuple->local_port) &&
	       (any_remote || ntohs(flow->remote_port) == tuple->remote_port);
}

bool vfg_meet_fits(const struct vfg_question *question, const struct vfg_flow6 *flow)
{
	const struct vfg_tuple *tuple = &question->tuple;
	size_t bytes = tuple->family == VFG_IPV4 ? 4 : 16;

	if (flow->protocol != tuple->protocol || memcmp(flow->local, tuple->local, bytes) ||
	    memcmp(flow->remote, tuple->remote, bytes))
		return false;
	if (is_icmp(tuple))
		return flow->icmp_query == (tuple->family == VFG_IPV4 ? ECHO_4 : ECHO_6) &&
		       flow->icmp_asker == tuple->direction;
	return !has_ports(tuple->protocol) || ports_fit(question, flow);
}

int vfg_meet(const struct vfg_pins *pins, const struct vfg_question *question,
	     struct vfg_meeting *ret_meeting)
{
	autofilltable struct vfg_fill_table table = {};
	struct vfg_meeting meeting = {};
	struct vfg_flow6 flow;
	int err = vfg_fill_clock_read(pins, &meeting.clock);

	if (!err)
		err = vfg_fill_table_open(pins, (enum vfg_family)question->tuple.family, &table);
	for (uint64_t i = 0; !err && i < table.room; i++) {
		if (!vfg_fill_table_read(&table, i, &flow) || !vfg_meet_fits(question, &flow) ||
		    vfg_fill_is_over(&meeting.clock, &flow))
			continue;
		if (!meeting.count++ ||
		    vfg_fill_idle_seconds(&meeting.clock, &flow) <
			    vfg_fill_idle_seconds(&meeting.clock, &meeting.flow))
			meeting.flow = flow;
	}
	if (!err)
		*ret_meeting = meeting;
	return err;
}

bool vfg_meet_is_outdated(const struct vfg_meeting *meeting)
{
	uint32_t generation = (uint32_t)(meeting->flow.meta >> VFG_FLOW_GENERATION_SHIFT);

	return (int32_t)(generation - meeting->clock.control.keep_since) < 0;
}
