/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads flow entries and tallies beside the programs that write them. Pure. */
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "log_entry.h"

enum { ATTEMPTS = 3 };

static const void *entry_at(const struct vfg_log_table *table, uint32_t slot)
{
	size_t bytes =
		table->family == VFG_IPV4 ? sizeof(struct vfg_flow4) : sizeof(struct vfg_flow6);

	return (const char *)table->flows + slot * bytes;
}

static uint64_t read_word(const void *word)
{
	return __atomic_load_n((const uint64_t *)word, __ATOMIC_ACQUIRE);
}

static uint32_t read_half(const void *half)
{
	return __atomic_load_n((const uint32_t *)half, __ATOMIC_RELAXED);
}

uint64_t vfg_log_entry_meta(const struct vfg_log_table *table, uint32_t slot)
{
	return read_word(entry_at(table, slot));
}

static void copy_four(const struct vfg_flow4 *from, struct vfg_log_entry *to)
{
	memcpy(to->local, &from->local, sizeof(from->local));
	memcpy(to->remote, &from->remote, sizeof(from->remote));
	to->local_port = ntohs(from->local_port);
	to->remote_port = ntohs(from->remote_port);
	to->protocol = from->protocol;
	to->seen = read_half(&from->seen);
	to->rule = from->rule;
}

static void copy_six(const struct vfg_flow6 *from, struct vfg_log_entry *to)
{
	memcpy(to->local, from->local, sizeof(from->local));
	memcpy(to->remote, from->remote, sizeof(from->remote));
	to->local_port = ntohs(from->local_port);
	to->remote_port = ntohs(from->remote_port);
	to->protocol = from->protocol;
	to->seen = read_half(&from->seen);
	to->rule = from->rule;
}

/* A top bit that is set is on its way from low to high, and counts twice until it is there. */
static bool read_tally(const struct vfg_tally *tally, uint32_t direction,
		       struct vfg_log_entry *entry)
{
	const uint64_t tops = 1ULL << VFG_TALLY_PACKETS_TOP | 1ULL << VFG_TALLY_BYTES_TOP;
	struct vfg_tally copy = {};
	uint64_t high = read_word(&tally->high[direction]);

	copy.low[direction] = read_word(&tally->low[direction]);
	copy.high[direction] = read_word(&tally->high[direction]);
	if (copy.low[direction] & tops || copy.high[direction] != high)
		return false;
	entry->packets[direction] = vfg_tally_packets(&copy, direction);
	entry->bytes[direction] = vfg_tally_bytes(&copy, direction);
	return true;
}

static bool read_once(const struct vfg_log_table *table, uint32_t slot, struct vfg_log_entry *entry)
{
	const struct vfg_tally *tally =
		&table->tally[slot / VFG_FLOW_WAYS].way[slot % VFG_FLOW_WAYS];
	const void *from = entry_at(table, slot);
	uint64_t after;

	*entry = (struct vfg_log_entry){.meta = read_word(from)};
	if (table->family == VFG_IPV4)
		copy_four(from, entry);
	else
		copy_six(from, entry);
	if (!read_tally(tally, VFG_INBOUND, entry) || !read_tally(tally, VFG_OUTBOUND, entry))
		return false;
	if (entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6)
		entry->local_port = entry->remote_port = 0;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	after = read_word(from);
	return vfg_log_entry_state(after) != VFG_FLOW_BUSY &&
	       vfg_log_entry_sequence(after) == vfg_log_entry_sequence(entry->meta);
}

bool vfg_log_entry_read(const struct vfg_log_table *table, uint32_t slot,
			struct vfg_log_entry *ret_entry)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		if (read_once(table, slot, ret_entry))
			return true;
	}
	return false;
}

static uint32_t timeout_of(const struct vfg_control *control, uint64_t meta, uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return control->timeout_ticks[meta & (VFG_FLOW_STATE_MAX - 1)];
	case IPPROTO_UDP:
		return control->timeout_udp_ticks;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return control->timeout_icmp_ticks;
	}
	return control->timeout_other_ticks;
}

int32_t vfg_log_entry_left(const struct vfg_log_table *table, uint32_t slot, uint64_t meta,
			   const struct vfg_log_look *look)
{
	const void *from = entry_at(table, slot);
	uint32_t seen, timeout;

	if (table->family == VFG_IPV4) {
		const struct vfg_flow4 *flow = from;

		seen = read_half(&flow->seen);
		timeout = timeout_of(look->control, meta, flow->protocol);
	} else {
		const struct vfg_flow6 *flow = from;

		seen = read_half(&flow->seen);
		timeout = timeout_of(look->control, meta, flow->protocol);
	}
	/* A flow is over once it has been silent for longer than its time-out. */
	return (int32_t)(seen + timeout + 1 - look->ticks);
}
