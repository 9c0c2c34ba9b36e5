/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the per-CPU counters, summed, and clears those that nobody owns any more. */
#ifndef VFG_LOADER_COUNT_H
#define VFG_LOADER_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../maps/counter.h"
#include "pin.h"

/**
 * vfg_count_reasons - packets by hook and reason
 * @ret_count: VFG_COUNTER_REASON_ENTRIES of them
 *
 * Return: 0 or -errno.
 */
int vfg_count_reasons(const struct vfg_pins *pins, struct vfg_count *ret_count);

/* Devices that packets were judged on; ifindex 0 is for those that found no place. */
struct vfg_path_counts {
	size_t count;
	struct vfg_path_count path[VFG_COUNTER_PATH_ENTRIES];
};

/**
 * vfg_count_paths - packets by device; a device that several CPUs gave different places is one
 *
 * Return: 0 or -errno.
 */
int vfg_count_paths(const struct vfg_pins *pins, struct vfg_path_counts *ret_counts);

/**
 * vfg_count_rules - what rules have counted
 * @ids: of the rules
 * @ret_counts: in the order of @ids; `last` is the newest of all CPUs
 *
 * Return: 0 or -errno.
 */
int vfg_count_rules(const struct vfg_pins *pins, const uint32_t *ids, size_t count,
		    struct vfg_rule_count *ret_counts);

/**
 * vfg_count_clear_rules - set rule counters to zero
 * @ids: VFG_POLICY_RULES_MAX flags, by id
 *
 * Return: 0 or -errno.
 */
int vfg_count_clear_rules(const struct vfg_pins *pins, const bool *ids);

/**
 * vfg_count_clear_path - free the places of a device that is gone
 *
 * A place that another CPU has given to another device is left alone.
 *
 * Return: 0 or -errno.
 */
int vfg_count_clear_path(const struct vfg_pins *pins, uint32_t ifindex);

#endif
