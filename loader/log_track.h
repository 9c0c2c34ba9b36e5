/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns looks at a flow table into records: what has begun, gone on and ended since the look
 * before. Pure: tables, memory and time are arguments.
 */
#ifndef VFG_LOADER_LOG_TRACK_H
#define VFG_LOADER_LOG_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "../maps/control.h"
#include "flow_slot.h"
#include "log_record.h"

/* What of a flow has been logged. */
struct vfg_log_flow {
	uint64_t packets[VFG_DIRECTION_MAX];
	uint64_t bytes[VFG_DIRECTION_MAX];
	uint32_t slot;
	uint16_t since_s; /* of the last record, lower bits of its time */
	uint16_t ended;	  /* E is logged; the flow may go on all the same */
};

/*
 * What is remembered between two looks:
 *
 *    sequence[slot]  of the flow that the slot had when it was last looked at
 *    flow_of[slot]   its place in flow[], 0 where nothing is remembered of it
 *    flow[]          from 1 on, as many as there are live flows
 *
 * The three may lie in a file that outlives the process. An entry of flow[] counts where flow_of
 * of its slot points back at it: so whatever moment the process dies in leaves them consistent.
 */
struct vfg_log_memory {
	uint32_t slots;
	uint16_t *sequence;
	uint32_t *flow_of;
	struct vfg_log_flow *flow;
	/* Makes flow[0] to flow[count - 1] fit for use; NULL where they always are. */
	bool (*reserve)(void *data, uint32_t count);
	void *data;
	/* The tracker's own, not in the file. */
	uint32_t *spare; /* places in flow[] that are free, `slots` + 1 of them at most */
	uint32_t spare_count;
	uint32_t used; /* places of flow[] that have ever been used, from 1 on */
};

struct vfg_log_look {
	const struct vfg_control *control;
	uint32_t ticks;	      /* the programs' clock now */
	uint32_t ahead_ticks; /* until the next look: what will be over by then ends now */
	uint64_t time_ms;
	uint32_t continue_s;
	bool first; /* nothing is remembered: flows that live are taken over in silence */
};

/* What could not be logged. */
struct vfg_log_missed {
	uint64_t flows;	    /* that came and went between two looks */
	uint64_t ends;	    /* of flows that were logged as begun and were replaced between two */
	uint64_t untracked; /* looks at flows that there was no memory for */
};

/* Where records go, and where it is counted that there are none. */
struct vfg_log_to {
	vfg_log_take *take;
	void *data;
	struct vfg_log_missed *missed; /* added to */
};

/**
 * vfg_log_memory_adopt - find what is in use and what is spare, before the first look
 * @memory: slots to data are set; sequence, flow_of and flow are zero, or what an earlier process
 *          has left
 * @flows: entries of flow[] that may be in use, [0] included
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_log_memory_adopt(struct vfg_log_memory *memory, uint32_t flows);
void vfg_log_memory_drop(struct vfg_log_memory *memory);

/**
 * vfg_log_track - go through a table once
 * @to: records come in the order of the slots, B of a flow before its C or E
 */
void vfg_log_track(struct vfg_log_memory *memory, const struct vfg_flow_table *table,
		   const struct vfg_log_look *look, const struct vfg_log_to *to);

/**
 * vfg_log_list - every live flow, as a record C with all that it has carried
 */
void vfg_log_list(const struct vfg_flow_table *table, const struct vfg_log_look *look,
		  vfg_log_take *take, void *data);

#endif
