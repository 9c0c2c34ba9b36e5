/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Denied packets: those that the programs tell of one by one, as records, and how many more there
 * were. Pure.
 */
#ifndef VFG_LOADER_LOG_EVENT_H
#define VFG_LOADER_LOG_EVENT_H

#include <stdbool.h>

#include "../maps/event.h"
#include "../maps/policy.h"
#include "log_record.h"

/* Where a reader stands in the ring. */
struct vfg_log_events {
	const struct vfg_event_ring *ring;
	uint64_t *next; /* number of the next event */
};

/* From what happens now on. */
void vfg_log_events_skip(struct vfg_log_events *events);

/* From the oldest that is still there. */
void vfg_log_events_rewind(struct vfg_log_events *events);

/**
 * vfg_log_events_read - hand on what has come since
 * @wall_ns: time since 1970 at the zero of CLOCK_MONOTONIC
 *
 * Nothing is consumed: others read the same.
 *
 * Return: how many were overwritten before they were read.
 */
uint64_t vfg_log_events_read(struct vfg_log_events *events, uint64_t wall_ns, vfg_log_take *take,
			     void *data);

/*
 * Of one rule. Its counter says how many packets it has denied since `base`; `seen` of them were
 * records, and of `told` others it was said how many they are.
 */
struct vfg_log_denied {
	uint64_t base;
	uint64_t seen;
	uint64_t told;
};

/**
 * vfg_log_denied_more - how many denied packets to tell of now
 * @hits: the rule's counter, read before the events that @denied has seen
 *
 * Packets whose events are still to be read are told of later, if at all: the sum is exact, and is
 * never ahead of what happened.
 *
 * Return: packets, which count as told.
 */
uint64_t vfg_log_denied_more(struct vfg_log_denied *denied, uint64_t hits);

#endif
