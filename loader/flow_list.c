/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects flows and sorts them by small keys, as there may be a million. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "flow_list.h"

struct key {
	uint64_t value; /* ascending */
	uint32_t place;
};

static const char *const names[] = {
	[VFG_FLOW_BY_BYTES] = "bytes", [VFG_FLOW_BY_PACKETS] = "packets",
	[VFG_FLOW_BY_IDLE] = "idle",   [VFG_FLOW_BY_LEFT] = "left",
	[VFG_FLOW_BY_STATE] = "state",
};

int vfg_flow_order_parse(const char *text, enum vfg_flow_order *ret_order)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], text)) {
			*ret_order = (enum vfg_flow_order)i;
			return 0;
		}
	}
	return -EINVAL;
}

int vfg_flow_list_add(struct vfg_flow_list *list, const struct vfg_flow *flow,
		      const struct vfg_flow_age *age)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 256;
		void *more = reallocarray(list->item, room, sizeof(*list->item));

		if (!more)
			return -ENOMEM;
		list->item = more;
		list->room = room;
	}
	list->item[list->count++] = (struct vfg_flow_item){.flow = *flow, .age = *age};
	return 0;
}

void vfg_flow_list_free(struct vfg_flow_list *list)
{
	free(list->item);
	*list = (struct vfg_flow_list){};
}

static uint64_t value_of(const struct vfg_flow_item *item, enum vfg_flow_order order)
{
	const struct vfg_flow *flow = &item->flow;

	switch (order) {
	case VFG_FLOW_BY_BYTES:
		return ~(flow->bytes[VFG_INBOUND] + flow->bytes[VFG_OUTBOUND]);
	case VFG_FLOW_BY_PACKETS:
		return ~(flow->packets[VFG_INBOUND] + flow->packets[VFG_OUTBOUND]);
	case VFG_FLOW_BY_IDLE:
		return item->age.idle;
	case VFG_FLOW_BY_LEFT:
		return item->age.left;
	case VFG_FLOW_BY_STATE:
		return flow->state;
	}
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

uint32_t *vfg_flow_list_sort(const struct vfg_flow_list *list, enum vfg_flow_order order)
{
	uint32_t *places = calloc(list->count + 1, sizeof(*places));
	autofree struct key *keys = calloc(list->count + 1, sizeof(*keys));

	if (!places || !keys) {
		free(places);
		return NULL;
	}
	for (uint32_t i = 0; i < list->count; i++)
		keys[i] = (struct key){.value = value_of(&list->item[i], order), .place = i};
	qsort(keys, list->count, sizeof(*keys), compare);
	for (size_t i = 0; i < list->count; i++)
		places[i] = keys[i].place;
	return places;
}
