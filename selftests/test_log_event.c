/* SPDX-License-Identifier: GPL-2.0-only */
/* Denied packets out of the ring, and how many more there were. */
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/log_event.h"

static struct vfg_event_ring *ring;
static uint64_t next;
static struct vfg_log_events events;
static struct vfg_log_record last;
static uint64_t taken;

static void set_up(void)
{
	ring = calloc(1, sizeof(*ring));
	cr_assert(ring != NULL);
	events = (struct vfg_log_events){.ring = ring, .next = &next};
	vfg_log_events_skip(&events);
}

static void tear_down(void)
{
	free(ring);
}

TestSuite(log_event, .init = set_up, .fini = tear_down, .timeout = 60);

static struct vfg_event *happen(uint8_t hook)
{
	uint64_t number = ++ring->head;
	struct vfg_event *event = &ring->event[(number - 1) % VFG_EVENT_SLOTS];

	*event = (struct vfg_event){.number = number,
				    .time_ns = number * 1000000,
				    .local = {htonl(0xc000020a)},
				    .remote = {htonl(0xc6336407)},
				    .local_port = htons(23),
				    .remote_port = htons(40000),
				    .protocol = 6,
				    .hook = hook,
				    .rule = 17};
	return event;
}

static void take(void *data, const struct vfg_log_record *record)
{
	(void)data;
	last = *record;
	taken++;
}

static uint64_t read_all(void)
{
	taken = 0;
	return vfg_log_events_read(&events, 1772355600000000000, take, NULL);
}

Test(log_event, a_denied_packet_is_a_record_of_who_sent_it)
{
	static const struct {
		uint8_t hook;
		enum vfg_direction direction;
	} hooks[] = {{VFG_HOOK_XDP, VFG_INBOUND},
		     {VFG_HOOK_TC_INGRESS, VFG_INBOUND},
		     {VFG_HOOK_TC_EGRESS, VFG_OUTBOUND},
		     {VFG_HOOK_TC_EGRESS_VF, VFG_OUTBOUND}};

	for (size_t i = 0; i < 4; i++) {
		bool inbound = hooks[i].direction == VFG_INBOUND;

		happen(hooks[i].hook);
		cr_expect(zero(u64, read_all()));
		cr_assert(eq(u64, taken, 1));
		cr_expect(eq(u8, last.state, VFG_LOG_DENY));
		cr_expect(eq(u8, last.direction, hooks[i].direction));
		cr_expect(eq(u8, last.source[0], inbound ? 198 : 192));
		cr_expect(eq(u8, last.destination[0], inbound ? 192 : 198));
		cr_expect(eq(u32, last.source_port, inbound ? 40000 : 23));
		cr_expect(eq(u32, last.destination_port, inbound ? 23 : 40000));
		cr_expect(eq(u32, last.rule, 17));
		cr_expect(eq(u64, last.time_ms, 1772355600000 + i + 1));
	}
}

Test(log_event, any_number_of_readers_read_the_same)
{
	uint64_t other_next;
	struct vfg_log_events other = {.ring = ring, .next = &other_next};

	happen(0);
	happen(0);
	cr_expect(zero(u64, read_all()));
	cr_expect(eq(u64, taken, 2));
	vfg_log_events_rewind(&other);
	taken = 0;
	vfg_log_events_read(&other, 0, take, NULL);
	cr_expect(eq(u64, taken, 2));
	cr_expect(zero(u64, read_all()));
	cr_expect(zero(u64, taken));
}

Test(log_event, what_was_overwritten_is_counted)
{
	for (int i = 0; i < VFG_EVENT_SLOTS + 5; i++)
		happen(0);
	cr_expect(eq(u64, read_all(), 5));
	cr_expect(eq(u64, taken, VFG_EVENT_SLOTS));
	cr_expect(eq(u64, last.time_ms, 1772355600000 + VFG_EVENT_SLOTS + 5));
}

Test(log_event, one_that_is_being_written_is_waited_for)
{
	struct vfg_event *event;

	happen(0);
	event = happen(0);
	event->number = 0;
	happen(0);
	cr_expect(zero(u64, read_all()));
	cr_expect(eq(u64, taken, 1));
	event->number = 2;
	cr_expect(zero(u64, read_all()));
	cr_expect(eq(u64, taken, 2));
}

Test(log_event, one_that_is_overwritten_while_it_is_read_is_lost)
{
	struct vfg_event *event = happen(0);

	event->number += VFG_EVENT_SLOTS;
	cr_expect(eq(u64, read_all(), 1));
	cr_expect(zero(u64, taken));
}

/* 1,000 packets, of which 16 were records. */
Test(log_event, the_number_of_others_is_exact_and_is_told_once)
{
	struct vfg_log_denied denied = {.base = 500, .seen = 16};

	cr_expect(eq(u64, vfg_log_denied_more(&denied, 1500), 984));
	cr_expect(zero(u64, vfg_log_denied_more(&denied, 1500)));
	denied.seen += 2;
	cr_expect(zero(u64, vfg_log_denied_more(&denied, 1501)), "two records, one is counted");
	cr_expect(eq(u64, vfg_log_denied_more(&denied, 1510), 8));
	cr_expect(eq(u64, denied.base + denied.seen + denied.told, 1510));
}

Test(log_event, a_counter_that_began_anew_is_another_rules)
{
	struct vfg_log_denied denied = {.base = 500, .seen = 16, .told = 100};

	cr_expect(eq(u64, vfg_log_denied_more(&denied, 7), 7));
	cr_expect(eq(u64, denied.told, 7));
}
