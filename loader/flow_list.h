/* SPDX-License-Identifier: GPL-2.0-only */
/* The flows that a command shows, in their order. Pure. */
#ifndef VFG_LOADER_FLOW_LIST_H
#define VFG_LOADER_FLOW_LIST_H

#include "flow_slot.h"

struct vfg_flow_item {
	struct vfg_flow flow;
	struct vfg_flow_age age;
};

struct vfg_flow_list {
	size_t count, room;
	struct vfg_flow_item *item;
};

enum vfg_flow_order {
	VFG_FLOW_BY_BYTES,   /* both ways together, the most first */
	VFG_FLOW_BY_PACKETS, /* likewise */
	VFG_FLOW_BY_IDLE,    /* the most recent first */
	VFG_FLOW_BY_LEFT,    /* the next to be forgotten first */
	VFG_FLOW_BY_STATE,   /* half-open ones first */
};

/* Return: 0, or -EINVAL where the text is no order. */
int vfg_flow_order_parse(const char *text, enum vfg_flow_order *ret_order);

/* Return: 0 or -ENOMEM. */
int vfg_flow_list_add(struct vfg_flow_list *list, const struct vfg_flow *flow,
		      const struct vfg_flow_age *age);
void vfg_flow_list_free(struct vfg_flow_list *list);

/**
 * vfg_flow_list_sort - the places of the items, in order; equals by their slots
 *
 * Return: the places, for the caller to free, or NULL without memory.
 */
uint32_t *vfg_flow_list_sort(const struct vfg_flow_list *list, enum vfg_flow_order order);

#endif
