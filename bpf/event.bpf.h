/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells of a denied packet (maps/event.h). Whether to, account.bpf.h says. */
#ifndef VFG_BPF_EVENT_BPF_H
#define VFG_BPF_EVENT_BPF_H

#include "cursor.bpf.h"
#include "../maps/tables.bpf.h"

static __always_inline void fill_event(struct vfg_event *event, const struct vfg_ends *ends)
{
	event->time_ns = bpf_ktime_get_ns();
	for (__u32 i = 0; i < 4; i++) {
		event->local[i] = ends->local[i];
		event->remote[i] = ends->remote[i];
	}
	event->local_port = ends->local_port;
	event->remote_port = ends->remote_port;
	event->protocol = ends->protocol;
	event->icmp_query = ends->icmp_query;
}

/**
 * vfg_event_tell - enter a denied packet into the ring, in the place of the oldest
 * @rule: its id
 */
static __always_inline void vfg_event_tell(const struct vfg_ends *ends, __u32 family, __u32 hook,
					   __u32 rule, __u32 ifindex)
{
	__u32 first = 0;
	struct vfg_event_ring *ring = bpf_map_lookup_elem(&vfg_event, &first);
	struct vfg_event *event;
	__u64 before;

	if (!ring)
		return;
	before = __sync_fetch_and_add(&ring->head, 1);
	event = &ring->event[before & (VFG_EVENT_SLOTS - 1)];
	__sync_lock_test_and_set(&event->number, 0);
	fill_event(event, ends);
	event->family = family;
	event->hook = hook;
	event->rule = rule;
	event->ifindex = ifindex;
	__sync_lock_test_and_set(&event->number, before + 1);
}

#endif
