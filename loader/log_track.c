/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows every slot of a flow table from look to look by the sequence in its meta word. Reading an
 * entry beside its writers is flow_slot.c's.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "log_track.h"

/* One look at one slot. */
struct glance {
	struct vfg_log_memory *memory;
	const struct vfg_flow_table *table;
	const struct vfg_log_look *look;
	const struct vfg_log_to *to;
	uint32_t slot;
	struct vfg_flow entry;
};

int vfg_log_memory_adopt(struct vfg_log_memory *memory, uint32_t flows)
{
	memory->spare = calloc((size_t)memory->slots + 1, sizeof(*memory->spare));
	if (!memory->spare)
		return -ENOMEM;
	memory->spare_count = 0;
	memory->used = flows > 1 ? flows - 1 : 0;
	for (uint32_t i = 1; i <= memory->used; i++) {
		uint32_t slot = memory->flow[i].slot;

		if (slot >= memory->slots || memory->flow_of[slot] != i)
			memory->spare[memory->spare_count++] = i;
	}
	/* A file that somebody has cut short, or written into: nothing is believed blindly. */
	for (uint32_t slot = 0; slot < memory->slots; slot++) {
		uint32_t i = memory->flow_of[slot];

		if (i > memory->used || (i && memory->flow[i].slot != slot))
			memory->flow_of[slot] = 0;
	}
	return 0;
}

void vfg_log_memory_drop(struct vfg_log_memory *memory)
{
	free(memory->spare);
	memory->spare = NULL;
}

static struct vfg_log_flow *remembered(const struct glance *glance)
{
	uint32_t place = glance->memory->flow_of[glance->slot];

	return place ? &glance->memory->flow[place] : NULL;
}

static void forget(const struct glance *glance)
{
	struct vfg_log_memory *memory = glance->memory;
	uint32_t place = memory->flow_of[glance->slot];

	if (!place)
		return;
	__atomic_store_n(&memory->flow_of[glance->slot], 0, __ATOMIC_RELEASE);
	memory->spare[memory->spare_count++] = place;
}

/* The flow, then what points at it. NULL without memory for it. */
static struct vfg_log_flow *remember(const struct glance *glance, const struct vfg_log_flow *flow)
{
	struct vfg_log_memory *memory = glance->memory;
	uint32_t place;

	if (memory->spare_count) {
		place = memory->spare[--memory->spare_count];
	} else {
		place = memory->used + 1;
		if (place > memory->slots ||
		    (memory->reserve && !memory->reserve(memory->data, place + 1))) {
			glance->to->missed->untracked++;
			return NULL;
		}
		memory->used = place;
	}
	memory->flow[place] = *flow;
	memory->flow[place].slot = glance->slot;
	__atomic_store_n(&memory->flow_of[glance->slot], place, __ATOMIC_RELEASE);
	return &memory->flow[place];
}

static uint16_t seconds(const struct vfg_log_look *look)
{
	return (uint16_t)(look->time_ms / 1000);
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* How many ticks until silence ends the flow, not above zero where it has. */
static int32_t left_of(const struct vfg_flow_table *table, uint32_t slot, uint64_t meta,
		       const struct vfg_log_look *look)
{
	return vfg_flow_slot_left(table, slot, meta, look->control, look->ticks);
}

/* An ICMP identifier is no port. */
static bool has_ports(const struct vfg_flow *flow)
{
	return flow->protocol != IPPROTO_ICMP && flow->protocol != IPPROTO_ICMPV6;
}

/* @before: what of the flow is logged already */
static void emit(const struct glance *glance, enum vfg_log_state state,
		 const struct vfg_log_flow *before)
{
	const struct vfg_flow *entry = &glance->entry;
	const bool outbound = entry->meta & VFG_FLOW_OUTBOUND;
	const uint32_t there = outbound ? VFG_OUTBOUND : VFG_INBOUND, back = 1 - there;
	struct vfg_log_record record = {
		.time_ms = glance->look->time_ms,
		.rule = entry->rule,
		.protocol = entry->protocol,
		.family = (uint8_t)glance->table->family,
		.direction = (uint8_t)there,
		.state = (uint8_t)state,
	};

	if (has_ports(entry)) {
		record.source_port = outbound ? entry->local_port : entry->remote_port;
		record.destination_port = outbound ? entry->remote_port : entry->local_port;
	}
	memcpy(record.source, outbound ? entry->local : entry->remote, 16);
	memcpy(record.destination, outbound ? entry->remote : entry->local, 16);
	if (before) {
		record.packets[VFG_LOG_SENT] = grown(entry->packets[there], before->packets[there]);
		record.bytes[VFG_LOG_SENT] = grown(entry->bytes[there], before->bytes[there]);
		record.packets[VFG_LOG_RETURNED] =
			grown(entry->packets[back], before->packets[back]);
		record.bytes[VFG_LOG_RETURNED] = grown(entry->bytes[back], before->bytes[back]);
	}
	glance->to->take(glance->to->data, &record);
}

/* A record with counters: what it tells is logged then. */
static void tell(const struct glance *glance, enum vfg_log_state state, struct vfg_log_flow *flow)
{
	emit(glance, state, flow);
	memcpy(flow->packets, glance->entry.packets, sizeof(flow->packets));
	memcpy(flow->bytes, glance->entry.bytes, sizeof(flow->bytes));
	flow->since_s = seconds(glance->look);
	flow->ended = state == VFG_LOG_END;
}

static bool has_grown(const struct glance *glance, const struct vfg_log_flow *flow)
{
	return memcmp(flow->packets, glance->entry.packets, sizeof(flow->packets)) != 0;
}

/* Closed, reset, silent for too long by the next look, or taken off by a policy. */
static bool is_ending(uint64_t meta, int32_t left_ticks, const struct vfg_log_look *look)
{
	uint32_t state = vfg_flow_meta_state(meta);

	return state == VFG_FLOW_FREE || state == VFG_FLOW_CLOSING || state == VFG_FLOW_RESET ||
	       left_ticks <= (int32_t)look->ahead_ticks;
}

/*
 * A flow that is known. E is written when the end is seen, not when the slot is given away: by then
 * the counters would be gone. What is carried after that is told by another E, at the time-out; a
 * flow that lives on after all goes on with C.
 */
static void follow(struct glance *glance, struct vfg_log_flow *flow, uint64_t meta, int32_t left)
{
	bool ending = is_ending(meta, left, glance->look);
	bool last = left <= (int32_t)glance->look->ahead_ticks ||
		    vfg_flow_meta_state(meta) == VFG_FLOW_FREE;
	bool due = (uint16_t)(seconds(glance->look) - flow->since_s) >= glance->look->continue_s;

	if (!ending && !flow->ended && !due)
		return;
	if (ending && flow->ended && !last)
		return;
	if (!vfg_flow_slot_copy(glance->table, glance->slot, &glance->entry))
		return;
	if (!ending && flow->ended) {
		if (has_grown(glance, flow))
			tell(glance, VFG_LOG_CONTINUE, flow);
		flow->ended = false;
	} else if (ending && (!flow->ended || has_grown(glance, flow))) {
		tell(glance, VFG_LOG_END, flow);
	} else if (!ending && due) {
		tell(glance, VFG_LOG_CONTINUE, flow);
	}
}

/* A flow that was there before anything was logged: only what it carries from now on is told. */
static void take_over(struct glance *glance)
{
	struct vfg_log_flow flow = {.since_s = seconds(glance->look)};

	if (!vfg_flow_slot_copy(glance->table, glance->slot, &glance->entry))
		return;
	memcpy(flow.packets, glance->entry.packets, sizeof(flow.packets));
	memcpy(flow.bytes, glance->entry.bytes, sizeof(flow.bytes));
	remember(glance, &flow);
}

/* Return: false where it cannot be read now, and is to be looked at again. */
static bool begin(struct glance *glance, uint64_t meta, int32_t left)
{
	const struct vfg_log_flow nothing = {.since_s = seconds(glance->look)};
	struct vfg_log_flow *flow;

	if (!vfg_flow_slot_copy(glance->table, glance->slot, &glance->entry))
		return false;
	emit(glance, VFG_LOG_BEGIN, NULL);
	flow = remember(glance, &nothing);
	if (flow)
		follow(glance, flow, meta, left);
	return true;
}

/* The slot has another flow than at the last look. */
static void meet(struct glance *glance, uint64_t meta)
{
	uint16_t *sequence = &glance->memory->sequence[glance->slot];
	uint16_t came = (uint16_t)(vfg_flow_meta_sequence(meta) - *sequence);
	struct vfg_log_flow *old = remembered(glance);
	bool is_live = vfg_flow_meta_state(meta) != VFG_FLOW_FREE;
	int32_t left = left_of(glance->table, glance->slot, meta, glance->look);

	/* The key of the one before is gone, and with it what it has carried since. */
	if (old && !old->ended)
		glance->to->missed->ends++;
	forget(glance);
	if (is_live && !begin(glance, meta, left)) {
		/* Its writer is at it: as if the slot were still as before. */
		*sequence = (uint16_t)(vfg_flow_meta_sequence(meta) - 1);
		glance->to->missed->flows += came - 1U;
		return;
	}
	glance->to->missed->flows += is_live ? came - 1U : came;
	*sequence = vfg_flow_meta_sequence(meta);
}

static void look_at(struct glance *glance, uint64_t meta)
{
	struct vfg_log_flow *flow;
	int32_t left;

	if (glance->look->first)
		glance->memory->sequence[glance->slot] = vfg_flow_meta_sequence(meta);
	if (vfg_flow_meta_sequence(meta) != glance->memory->sequence[glance->slot]) {
		meet(glance, meta);
		return;
	}
	flow = remembered(glance);
	if (!flow && vfg_flow_meta_state(meta) == VFG_FLOW_FREE)
		return;
	left = left_of(glance->table, glance->slot, meta, glance->look);
	if (flow)
		follow(glance, flow, meta, left);
	else if (left > 0)
		take_over(glance);
	/* What is over for good: the next one is another flow. */
	if (flow && flow->ended &&
	    (left < -(int32_t)glance->look->ahead_ticks ||
	     vfg_flow_meta_state(meta) == VFG_FLOW_FREE))
		forget(glance);
}

void vfg_log_track(struct vfg_log_memory *memory, const struct vfg_flow_table *table,
		   const struct vfg_log_look *look, const struct vfg_log_to *to)
{
	struct glance glance = {.memory = memory, .table = table, .look = look, .to = to};

	for (uint32_t slot = 0; slot < table->slots; slot++) {
		uint64_t meta = vfg_flow_slot_meta(table, slot);

		if (!meta || vfg_flow_meta_state(meta) == VFG_FLOW_BUSY)
			continue;
		glance.slot = slot;
		look_at(&glance, meta);
	}
}

void vfg_log_list(const struct vfg_flow_table *table, const struct vfg_log_look *look,
		  vfg_log_take *take, void *data)
{
	const struct vfg_log_flow nothing = {};
	const struct vfg_log_to to = {.take = take, .data = data};
	struct glance glance = {.table = table, .look = look, .to = &to};

	for (uint32_t slot = 0; slot < table->slots; slot++) {
		uint64_t meta = vfg_flow_slot_meta(table, slot);

		if (vfg_flow_meta_state(meta) <= VFG_FLOW_BUSY ||
		    left_of(table, slot, meta, look) <= 0)
			continue;
		glance.slot = slot;
		if (vfg_flow_slot_copy(table, slot, &glance.entry) &&
		    vfg_flow_meta_state(glance.entry.meta) > VFG_FLOW_BUSY)
			emit(&glance, VFG_LOG_CONTINUE, &nothing);
	}
}
