/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the ring of denied packets beside the programs that write them. */
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "log_event.h"

enum outcome {
	TAKEN,
	BEING_WRITTEN,
	OVERWRITTEN,
};

static uint64_t read_number(const uint64_t *number)
{
	return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

static uint64_t head_of(const struct vfg_event_ring *ring)
{
	return read_number((const uint64_t *)&ring->head);
}

static uint64_t oldest_of(const struct vfg_event_ring *ring)
{
	uint64_t head = head_of(ring);

	return head > VFG_EVENT_SLOTS ? head - VFG_EVENT_SLOTS + 1 : 1;
}

void vfg_log_events_skip(struct vfg_log_events *events)
{
	*events->next = head_of(events->ring) + 1;
}

void vfg_log_events_rewind(struct vfg_log_events *events)
{
	*events->next = oldest_of(events->ring);
}

static enum outcome copy(const struct vfg_event_ring *ring, uint64_t number,
			 struct vfg_event *ret_event)
{
	const struct vfg_event *event = &ring->event[(number - 1) % VFG_EVENT_SLOTS];
	uint64_t before = read_number((const uint64_t *)&event->number), after;

	memcpy(ret_event, event, sizeof(*ret_event));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	after = read_number((const uint64_t *)&event->number);
	if (before == number && after == number)
		return TAKEN;
	return before > number || after > number ? OVERWRITTEN : BEING_WRITTEN;
}

static void hand_on(const struct vfg_event *event, uint64_t wall_ns, vfg_log_take *take, void *data)
{
	const bool inbound = vfg_hook_direction(event->hook) == VFG_INBOUND;
	const bool icmp = event->protocol == IPPROTO_ICMP || event->protocol == IPPROTO_ICMPV6;
	struct vfg_log_record record = {
		.time_ms = (wall_ns + event->time_ns) / 1000000,
		.source_port = ntohs(inbound ? event->remote_port : event->local_port),
		.destination_port = ntohs(inbound ? event->local_port : event->remote_port),
		.rule = event->rule,
		.protocol = event->protocol,
		.family = event->family,
		.direction = inbound ? VFG_INBOUND : VFG_OUTBOUND,
		.state = VFG_LOG_DENY,
	};

	memcpy(record.source, inbound ? event->remote : event->local, sizeof(record.source));
	memcpy(record.destination, inbound ? event->local : event->remote,
	       sizeof(record.destination));
	if (icmp)
		record.source_port = record.destination_port = 0;
	take(data, &record);
}

uint64_t vfg_log_events_read(struct vfg_log_events *events, uint64_t wall_ns, vfg_log_take *take,
			     void *data)
{
	const struct vfg_event_ring *ring = events->ring;
	uint64_t head = head_of(ring), oldest = oldest_of(ring), lost = 0;
	uint64_t *next = events->next;

	if (*next < oldest) {
		lost = oldest - *next;
		*next = oldest;
	}
	for (; *next <= head; (*next)++) {
		struct vfg_event event;

		switch (copy(ring, *next, &event)) {
		case TAKEN:
			hand_on(&event, wall_ns, take, data);
			break;
		case BEING_WRITTEN:
			return lost; /* the next look takes it */
		case OVERWRITTEN:
			lost++;
			break;
		}
	}
	return lost;
}

uint64_t vfg_log_denied_more(struct vfg_log_denied *denied, uint64_t hits)
{
	uint64_t others, more;

	/* Another rule has the id now, and its counter began anew. */
	if (hits < denied->base)
		*denied = (struct vfg_log_denied){};
	others = hits - denied->base;
	others = others > denied->seen ? others - denied->seen : 0;
	if (others <= denied->told)
		return 0;
	more = others - denied->told;
	denied->told = others;
	return more;
}
