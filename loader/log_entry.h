/* SPDX-License-Identifier: GPL-2.0-only */
/* One entry of a flow table that the programs go on writing, read as a whole. */
#ifndef VFG_LOADER_LOG_ENTRY_H
#define VFG_LOADER_LOG_ENTRY_H

#include <stdbool.h>

#include "log_track.h"

enum { VFG_LOG_SEQUENCE_MASK = 0xffff };

/* An entry and its tally, as they were together. */
struct vfg_log_entry {
	uint64_t meta;
	uint64_t packets[VFG_DIRECTION_MAX];
	uint64_t bytes[VFG_DIRECTION_MAX];
	uint8_t local[16];
	uint8_t remote[16];
	uint16_t local_port; /* host order; 0 with ICMP */
	uint16_t remote_port;
	uint32_t seen;
	uint32_t rule;
	uint8_t protocol;
};

/* The entry's first word. */
uint64_t vfg_log_entry_meta(const struct vfg_log_table *table, uint32_t slot);

static inline uint32_t vfg_log_entry_state(uint64_t meta)
{
	return meta & VFG_FLOW_STATE_MASK;
}

static inline uint16_t vfg_log_entry_sequence(uint64_t meta)
{
	return meta >> VFG_FLOW_SEQUENCE_SHIFT & VFG_LOG_SEQUENCE_MASK;
}

/**
 * vfg_log_entry_read - copy an entry and its tally
 *
 * Return: false where the slot changed hands meanwhile.
 */
bool vfg_log_entry_read(const struct vfg_log_table *table, uint32_t slot,
			struct vfg_log_entry *ret_entry);

/**
 * vfg_log_entry_left - how many ticks until silence ends the flow, not above zero where it has
 */
int32_t vfg_log_entry_left(const struct vfg_log_table *table, uint32_t slot, uint64_t meta,
			   const struct vfg_log_look *look);

#endif
