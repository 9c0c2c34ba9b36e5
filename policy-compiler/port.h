/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: texts and sorted sets of ranges.
 */
#ifndef VFG_POLICY_COMPILER_PORT_H
#define VFG_POLICY_COMPILER_PORT_H

#include "model.h"

/* 0-65535. */
extern const struct vfg_ports vfg_ports_all;

/**
 * vfg_port_parse - a decimal number of 0..65535, or two with a '-' between them, ascending
 *
 * Return: 0, or -EINVAL ("*" is not a port range here).
 */
int vfg_port_parse(const char *text, struct vfg_port_range *ret_range);

/* The set that ranges cover; they may overlap and stand in any order. Return: 0 or -ENOMEM. */
int vfg_ports_build(struct vfg_arena *arena, const struct vfg_port_range *range, size_t count,
		    struct vfg_ports *ret_ports);
int vfg_ports_intersect(struct vfg_arena *arena, const struct vfg_ports *one,
			const struct vfg_ports *two, struct vfg_ports *ret_ports);
bool vfg_ports_is_all(const struct vfg_ports *ports);

#endif
