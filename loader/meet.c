/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes through the whole table: a look-up by hash would have to know what the programs know. */
#include <netinet/in.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "control.h"
#include "flow_table.h"
#include "meet.h"
#include "tick.h"

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

static bool ports_fit(const struct vfg_question *question, const struct vfg_flow *flow)
{
	const struct vfg_tuple *tuple = &question->tuple;
	bool inbound = tuple->direction == VFG_INBOUND;
	bool any_local = !inbound && !question->has_local_port;
	bool any_remote = inbound && !question->has_remote_port;

	return (any_local || flow->local_port == tuple->local_port) &&
	       (any_remote || flow->remote_port == tuple->remote_port);
}

bool vfg_meet_fits(const struct vfg_question *question, const struct vfg_flow *flow)
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

/* @now: ticks */
static void look(const struct vfg_flow_table *table, const struct vfg_question *question,
		 const struct vfg_control *control, uint32_t now, struct vfg_meeting *meeting)
{
	uint32_t least = UINT32_MAX;
	struct vfg_flow_age age;
	struct vfg_flow flow;

	for (uint32_t slot = 0; slot < table->slots; slot++) {
		if (!vfg_flow_slot_read(table, slot, &flow) || !vfg_meet_fits(question, &flow) ||
		    !vfg_flow_age_of(control, &flow, now, &age))
			continue;
		meeting->count++;
		if (age.idle > least)
			continue;
		least = age.idle;
		meeting->flow = flow;
		meeting->idle_s = control->tick_hz ? age.idle / control->tick_hz : 0;
		meeting->is_outdated = (int32_t)(flow.generation - control->keep_since) < 0;
	}
}

int vfg_meet(const struct vfg_pins *pins, const struct vfg_question *question,
	     struct vfg_meeting *ret_meeting)
{
	struct vfg_meeting meeting = {};
	struct vfg_flow_table table;
	struct vfg_control control;
	uint32_t now = 0;
	int err = vfg_control_read(pins, &control);

	if (!err)
		err = vfg_tick_now(&now);
	if (!err)
		err = vfg_flow_table_open(pins, (enum vfg_family)question->tuple.family, false,
					  &table);
	if (err)
		return err;
	look(&table, question, &control, now, &meeting);
	vfg_flow_table_close(&table);
	*ret_meeting = meeting;
	return 0;
}
