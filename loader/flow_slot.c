/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads slots of a flow table that others write, and frees them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "flow_slot.h"

enum {
	/* A slot that changed hands so often while it was read is no flow to speak of. */
	READ_ATTEMPTS = 8,
	/* A carry from low to high takes a CPU two instructions, unless it is interrupted:
	   milliseconds are time enough. */
	TALLY_ATTEMPTS = 1 << 21,
	/* How much later than our look at the clock, in ticks, a flow may have been seen: we may
	   have been held up since. For the programs it is 16. */
	SKEW_TICKS = 1024,
};

static void *entry_at(const struct vfg_flow_table *table, uint32_t slot)
{
	size_t bytes =
		table->family == VFG_IPV4 ? sizeof(struct vfg_flow4) : sizeof(struct vfg_flow6);

	return (char *)table->flows + slot * bytes;
}

static bool is_live(uint64_t meta)
{
	uint64_t state = meta & VFG_FLOW_STATE_MASK;

	return state > VFG_FLOW_BUSY && state < VFG_FLOW_STATE_MAX;
}

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Both halves of one moment: no carry was under way (struct vfg_tally). */
static void read_tally(const struct vfg_tally *from, uint32_t direction,
		       struct vfg_tally *ret_tally)
{
	const uint64_t tops = 1ULL << VFG_TALLY_PACKETS_TOP | 1ULL << VFG_TALLY_BYTES_TOP;
	const uint64_t *low = (const uint64_t *)&from->low[direction];
	const uint64_t *high = (const uint64_t *)&from->high[direction];

	for (int i = 0; i < TALLY_ATTEMPTS; i++) {
		ret_tally->high[direction] = load(high);
		ret_tally->low[direction] = load(low);
		if (!(ret_tally->low[direction] & tops) && load(high) == ret_tally->high[direction])
			return;
	}
}

static void read_carried(const struct vfg_flow_table *table, uint32_t slot, struct vfg_flow *flow)
{
	const struct vfg_tally *from =
		&table->tallies[slot / VFG_FLOW_WAYS].way[slot % VFG_FLOW_WAYS];
	struct vfg_tally tally;

	for (uint32_t direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		read_tally(from, direction, &tally);
		flow->packets[direction] = vfg_tally_packets(&tally, direction);
		flow->bytes[direction] = vfg_tally_bytes(&tally, direction);
	}
}

static void read_four(const struct vfg_flow4 *entry, struct vfg_flow *flow)
{
	memcpy(flow->local, &entry->local, sizeof(entry->local));
	memcpy(flow->remote, &entry->remote, sizeof(entry->remote));
	flow->local_port = ntohs(entry->local_port);
	flow->remote_port = ntohs(entry->remote_port);
	flow->protocol = entry->protocol;
	flow->icmp_query = entry->icmp_query;
	flow->icmp_asker = entry->icmp_asker;
	flow->seen = entry->seen;
	flow->rule = entry->rule;
}

static void read_six(const struct vfg_flow6 *entry, struct vfg_flow *flow)
{
	memcpy(flow->local, entry->local, sizeof(entry->local));
	memcpy(flow->remote, entry->remote, sizeof(entry->remote));
	flow->local_port = ntohs(entry->local_port);
	flow->remote_port = ntohs(entry->remote_port);
	flow->protocol = entry->protocol;
	flow->icmp_query = entry->icmp_query;
	flow->icmp_asker = entry->icmp_asker;
	flow->seen = entry->seen;
	flow->rule = entry->rule;
}

uint64_t vfg_flow_slot_meta(const struct vfg_flow_table *table, uint32_t slot)
{
	return load(entry_at(table, slot));
}

bool vfg_flow_slot_copy(const struct vfg_flow_table *table, uint32_t slot,
			struct vfg_flow *ret_flow)
{
	const void *entry = entry_at(table, slot);
	uint64_t before = load(entry), after;

	for (int i = 0; i < READ_ATTEMPTS; i++, before = after) {
		struct vfg_flow flow = {.family = (uint8_t)table->family, .slot = slot};

		if (table->family == VFG_IPV4)
			read_four(entry, &flow);
		else
			read_six(entry, &flow);
		if (table->tallies)
			read_carried(table, slot, &flow);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		after = load(entry);
		if (vfg_flow_meta_state(before) == VFG_FLOW_BUSY ||
		    vfg_flow_meta_state(after) == VFG_FLOW_BUSY ||
		    vfg_flow_meta_sequence(before) != vfg_flow_meta_sequence(after))
			continue;
		flow.meta = after;
		flow.generation = (uint32_t)(after >> VFG_FLOW_GENERATION_SHIFT);
		flow.state = vfg_flow_meta_state(after);
		flow.opener = after & VFG_FLOW_OUTBOUND ? VFG_OUTBOUND : VFG_INBOUND;
		*ret_flow = flow;
		return true;
	}
	return false;
}

bool vfg_flow_slot_read(const struct vfg_flow_table *table, uint32_t slot,
			struct vfg_flow *ret_flow)
{
	struct vfg_flow flow;

	if (!is_live(vfg_flow_slot_meta(table, slot)) || !vfg_flow_slot_copy(table, slot, &flow) ||
	    !is_live(flow.meta))
		return false;
	*ret_flow = flow;
	return true;
}

bool vfg_flow_slot_forget(const struct vfg_flow_table *table, const struct vfg_flow *flow)
{
	uint64_t *meta = entry_at(table, flow->slot);
	uint64_t expected = flow->meta;

	return __atomic_compare_exchange_n(meta, &expected,
					   flow->meta & ~(uint64_t)VFG_FLOW_STATE_MASK, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static uint32_t timeout_of(const struct vfg_control *control, uint32_t state, uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return control->timeout_ticks[state % VFG_FLOW_STATE_MAX];
	case IPPROTO_UDP:
		return control->timeout_udp_ticks;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return control->timeout_icmp_ticks;
	}
	return control->timeout_other_ticks;
}

uint32_t vfg_flow_timeout(const struct vfg_control *control, const struct vfg_flow *flow)
{
	return timeout_of(control, flow->state, flow->protocol);
}

int32_t vfg_flow_slot_left(const struct vfg_flow_table *table, uint32_t slot, uint64_t meta,
			   const struct vfg_control *control, uint32_t now)
{
	const void *entry = entry_at(table, slot);
	const struct vfg_flow4 *four = entry;
	const struct vfg_flow6 *six = entry;
	bool is_four = table->family == VFG_IPV4;
	uint8_t protocol = is_four ? four->protocol : six->protocol;
	uint32_t seen = __atomic_load_n(is_four ? &four->seen : &six->seen, __ATOMIC_RELAXED);

	/* A flow is over once it has been silent for longer than its time-out. */
	return (int32_t)(seen + timeout_of(control, vfg_flow_meta_state(meta), protocol) + 1 - now);
}

bool vfg_flow_age_of(const struct vfg_control *control, const struct vfg_flow *flow, uint32_t now,
		     struct vfg_flow_age *ret_age)
{
	uint32_t timeout = vfg_flow_timeout(control, flow), idle = now - flow->seen;

	if (idle >= -(uint32_t)SKEW_TICKS)
		idle = 0;
	if (idle > timeout)
		return false;
	*ret_age = (struct vfg_flow_age){.idle = idle, .left = timeout - idle};
	return true;
}
