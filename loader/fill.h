/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow tables of a master, mapped to be read: entries one by one, and how full they are. */
#ifndef VFG_LOADER_FILL_H
#define VFG_LOADER_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../maps/control.h"
#include "pin.h"

struct vfg_fill_table {
	enum vfg_family family;
	const char *memory; /* NULL: not open */
	size_t bytes;
	uint64_t room; /* entries */
};

/**
 * vfg_fill_table_open - map the table of a family
 *
 * Return: 0 or -errno.
 */
int vfg_fill_table_open(const struct vfg_pins *pins, enum vfg_family family,
			struct vfg_fill_table *ret_table);
void vfg_fill_table_close(struct vfg_fill_table *table);
#define autofilltable __attribute__((cleanup(vfg_fill_table_close)))

/**
 * vfg_fill_table_read - one entry, whole
 * @index: below table->room
 * @ret_flow: of either family in the shape of IPv6's; an IPv4 address is its first word
 *
 * Return: false where there is none, or it changes while it is read.
 */
bool vfg_fill_table_read(const struct vfg_fill_table *table, uint64_t index,
			 struct vfg_flow6 *ret_flow);

/* Time, and how long flows live: what tells whether an entry still counts. */
struct vfg_fill_clock {
	struct vfg_control control;
	uint32_t now_ticks;
};

/**
 * vfg_fill_clock_read - the clock of a master
 *
 * Return: 0 or -errno.
 */
int vfg_fill_clock_read(const struct vfg_pins *pins, struct vfg_fill_clock *ret_clock);

/* How long it has been silent. */
uint32_t vfg_fill_idle_seconds(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow);

/* Is its time up? Then it is as good as free, though it still fills its place. */
bool vfg_fill_is_over(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow);

/* Of one family. */
struct vfg_fill {
	uint64_t room;
	uint64_t in_state[VFG_FLOW_STATE_MAX]; /* those whose time is up too */
	uint64_t live;			       /* the three together */
	uint64_t half_open;		       /* seen from one side, or not yet through */
	uint64_t established;
	uint64_t closing; /* FIN or RST seen */
	uint64_t over;	  /* their time is up */
};

/* Go through a table and count. */
void vfg_fill_count(const struct vfg_fill_table *table, const struct vfg_fill_clock *clock,
		    struct vfg_fill *ret_use);

/**
 * vfg_fill_pressure - how near a table is to refusing flows, as a word
 *
 * Return: "none", "rising" (from 60 % on), "high" (80 %), or "full" (95 %; sets of four places fill
 * up unevenly).
 */
const char *vfg_fill_pressure(const struct vfg_fill *use);

#endif
