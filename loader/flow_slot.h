/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One slot of a flow table in memory (maps/flow.h): read it while programs write it, tell how old
 * its flow is, forget it. Pure: memory and time are arguments.
 */
#ifndef VFG_LOADER_FLOW_SLOT_H
#define VFG_LOADER_FLOW_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../maps/control.h"
#include "../maps/flow.h"

/* A table and its tallies, in memory. */
struct vfg_flow_table {
	enum vfg_family family;
	uint32_t slots;
	void *flows; /* struct vfg_flow4_bucket[] or struct vfg_flow6_bucket[] */
	const struct vfg_tally_bucket *tallies; /* NULL: what flows carried is read as 0 */
};

/* A live flow, as it was at one moment. Addresses in wire order, IPv4 in the first four bytes; the
 * rest in host order. */
struct vfg_flow {
	uint64_t meta;
	uint64_t packets[VFG_DIRECTION_MAX];
	uint64_t bytes[VFG_DIRECTION_MAX];
	uint8_t local[16];
	uint8_t remote[16];
	uint32_t slot;
	uint32_t generation;
	uint32_t rule; /* id */
	uint32_t seen; /* ticks */
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t family; /* enum vfg_family */
	uint8_t state;	/* enum vfg_flow_state */
	uint8_t opener; /* enum vfg_direction */
	uint8_t protocol;
	uint8_t icmp_query; /* type of the query; 0 but for ICMP */
	uint8_t icmp_asker; /* enum vfg_direction */
};

enum { VFG_FLOW_META_SEQUENCE = 0xffff };

/* Parts of an entry's first word (maps/flow.h). */
static inline uint32_t vfg_flow_meta_state(uint64_t meta)
{
	return meta & VFG_FLOW_STATE_MASK;
}

static inline uint16_t vfg_flow_meta_sequence(uint64_t meta)
{
	return meta >> VFG_FLOW_SEQUENCE_SHIFT & VFG_FLOW_META_SEQUENCE;
}

/* How long a flow has been silent, and how long it may be, in ticks. */
struct vfg_flow_age {
	uint32_t idle;
	uint32_t left; /* until it is forgotten */
};

/**
 * vfg_flow_slot_read - the flow in a slot, whole: never parts of two
 *
 * Return: false where there is none, or none for long enough to be read.
 */
bool vfg_flow_slot_read(const struct vfg_flow_table *table, uint32_t slot,
			struct vfg_flow *ret_flow);

/**
 * vfg_flow_slot_copy - the same, and also a flow that was there and has been forgotten
 *
 * Return: false where the slot is being written for too long to be read.
 */
bool vfg_flow_slot_copy(const struct vfg_flow_table *table, uint32_t slot,
			struct vfg_flow *ret_flow);

/* The entry's first word, now. */
uint64_t vfg_flow_slot_meta(const struct vfg_flow_table *table, uint32_t slot);

/**
 * vfg_flow_slot_left - how many ticks until silence ends the flow, not above zero where it has
 * @meta: of the flow
 * @now: ticks
 *
 * Of the entry only what this takes is read.
 */
int32_t vfg_flow_slot_left(const struct vfg_flow_table *table, uint32_t slot, uint64_t meta,
			   const struct vfg_control *control, uint32_t now);

/**
 * vfg_flow_slot_forget - free the slot of a flow, if it is as it was when it was read
 *
 * Where it has changed (another state, another flow), it is left alone: read it again.
 *
 * Return: whether it was freed.
 */
bool vfg_flow_slot_forget(const struct vfg_flow_table *table, const struct vfg_flow *flow);

/**
 * vfg_flow_timeout - how long a flow may be silent, in ticks
 */
uint32_t vfg_flow_timeout(const struct vfg_control *control, const struct vfg_flow *flow);

/**
 * vfg_flow_age_of - is a flow still live at a time, and how old is it then?
 * @now: ticks
 *
 * The answer is the programs' own (test_flow_slot of the ring bpf).
 *
 * Return: false where its time is up.
 */
bool vfg_flow_age_of(const struct vfg_control *control, const struct vfg_flow *flow, uint32_t now,
		     struct vfg_flow_age *ret_age);

#endif
