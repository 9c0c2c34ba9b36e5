/* SPDX-License-Identifier: GPL-2.0-only */
/* From looks at a flow table to records, with the table, the memory and the time in our hands. */
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/log_track.h"

enum {
	BUCKETS = 4,
	SLOTS = BUCKETS * VFG_FLOW_WAYS,
	TICK_HZ = 4,
	RECORDS = 64,
};

static struct vfg_flow4_bucket bucket[BUCKETS];
static struct vfg_tally_bucket tally[BUCKETS];
static struct vfg_control control;
static struct vfg_flow_table table = {
	.family = VFG_IPV4, .flows = bucket, .tallies = tally, .slots = SLOTS};
static uint16_t sequence[SLOTS];
static uint32_t flow_of[SLOTS];
static struct vfg_log_flow flow[SLOTS + 1];
static struct vfg_log_memory memory = {
	.slots = SLOTS, .sequence = sequence, .flow_of = flow_of, .flow = flow};
static struct vfg_log_look look = {.control = &control, .ahead_ticks = TICK_HZ, .continue_s = 300};
static struct vfg_log_record record[RECORDS];
static size_t records;
static struct vfg_log_missed missed;

static void set_up(void)
{
	for (int state = 0; state < VFG_FLOW_STATE_MAX; state++)
		control.timeout_ticks[state] = 60 * TICK_HZ;
	control.timeout_udp_ticks = control.timeout_other_ticks = 240 * TICK_HZ;
	control.tick_hz = TICK_HZ;
	look.time_ms = 1772355600000;
	look.ticks = 1000;
	cr_assert(zero(int, vfg_log_memory_adopt(&memory, 0)));
}

static void tear_down(void)
{
	vfg_log_memory_drop(&memory);
}

TestSuite(log_track, .init = set_up, .fini = tear_down, .timeout = 60);

static struct vfg_flow4 *slot(uint32_t number)
{
	return &bucket[number / VFG_FLOW_WAYS].way[number % VFG_FLOW_WAYS];
}

static void carry(uint32_t number, uint32_t direction, uint64_t packets, uint64_t bytes)
{
	tally[number / VFG_FLOW_WAYS].way[number % VFG_FLOW_WAYS].low[direction] +=
		packets << VFG_TALLY_PACKETS_SHIFT | bytes;
	slot(number)->seen = look.ticks;
}

/* What a claim of the programs does. */
static void claim(uint32_t number, uint64_t flags)
{
	struct vfg_flow4 *entry = slot(number);
	uint64_t next = (entry->meta >> VFG_FLOW_SEQUENCE_SHIFT) + 1;

	entry->local = htonl(0xc000020a);
	entry->remote = htonl(0xc6336407);
	entry->local_port = htons(22);
	entry->remote_port = htons((uint16_t)(40000 + next));
	entry->protocol = 6;
	entry->seen = look.ticks;
	entry->rule = 7;
	memset(&tally[number / VFG_FLOW_WAYS].way[number % VFG_FLOW_WAYS], 0,
	       sizeof(struct vfg_tally));
	entry->meta =
		(next & VFG_FLOW_META_SEQUENCE) << VFG_FLOW_SEQUENCE_SHIFT | flags | VFG_FLOW_NEW;
}

static void become(uint32_t number, enum vfg_flow_state state)
{
	slot(number)->meta = (slot(number)->meta & ~(uint64_t)VFG_FLOW_STATE_MASK) | state;
}

static void take(void *data, const struct vfg_log_record *one)
{
	(void)data;
	cr_assert(lt(sz, records, RECORDS));
	record[records++] = *one;
}

/* A look after so many seconds. Return: the states of its records, "BE". */
static const char *look_after(uint32_t seconds)
{
	static char states[RECORDS + 1];
	const struct vfg_log_to to = {.take = take, .missed = &missed};

	look.ticks += seconds * TICK_HZ;
	look.time_ms += seconds * 1000;
	records = 0;
	vfg_log_track(&memory, &table, &look, &to);
	look.first = false;
	for (size_t i = 0; i < records; i++)
		states[i] = "BCED"[record[i].state];
	states[records] = '\0';
	return states;
}

#define EXPECT_LOOK(seconds, states) cr_expect(eq(str, (char *)look_after(seconds), states))

static void expect_counts(size_t at, uint64_t sent, uint64_t sent_bytes, uint64_t returned,
			  uint64_t returned_bytes)
{
	cr_expect(eq(u64, record[at].packets[VFG_LOG_SENT], sent));
	cr_expect(eq(u64, record[at].bytes[VFG_LOG_SENT], sent_bytes));
	cr_expect(eq(u64, record[at].packets[VFG_LOG_RETURNED], returned));
	cr_expect(eq(u64, record[at].bytes[VFG_LOG_RETURNED], returned_bytes));
}

Test(log_track, a_flow_begins_goes_on_and_ends_with_what_it_carried_in_between)
{
	EXPECT_LOOK(1, "");
	claim(5, 0);
	carry(5, VFG_INBOUND, 2, 120);
	EXPECT_LOOK(1, "B");
	expect_counts(0, 0, 0, 0, 0);
	become(5, VFG_FLOW_ESTABLISHED);
	for (int i = 0; i < 9; i++) {
		carry(5, VFG_INBOUND, 10, 1000);
		carry(5, VFG_OUTBOUND, 20, 30000);
		EXPECT_LOOK(30, "");
	}
	carry(5, VFG_INBOUND, 1, 60);
	EXPECT_LOOK(30, "C");
	expect_counts(0, 93, 9180, 180, 270000);
	carry(5, VFG_OUTBOUND, 3, 180);
	become(5, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
	expect_counts(0, 0, 0, 3, 180);
	EXPECT_LOOK(1, "");
}

Test(log_track, source_and_destination_are_those_of_who_opened_it)
{
	claim(0, 0);
	claim(1, VFG_FLOW_OUTBOUND);
	carry(1, VFG_OUTBOUND, 1, 64);
	become(1, VFG_FLOW_RESET);
	EXPECT_LOOK(1, "BBE");
	cr_expect(eq(u32, record[0].source_port, 40001));
	cr_expect(eq(u32, record[0].destination_port, 22));
	cr_expect(eq(u8, record[0].source[0], 198));
	cr_expect(eq(u8, record[0].direction, VFG_INBOUND));
	cr_expect(eq(u32, record[1].source_port, 22));
	cr_expect(eq(u8, record[1].source[0], 192));
	cr_expect(eq(u8, record[1].direction, VFG_OUTBOUND));
	cr_expect(eq(u32, record[1].rule, 7));
	expect_counts(2, 1, 64, 0, 0);
}

/* The last acknowledgement of a connection comes after both sides have finished. */
Test(log_track, what_comes_after_the_end_is_told_at_the_time_out)
{
	claim(3, 0);
	become(3, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "BE");
	carry(3, VFG_INBOUND, 1, 66);
	EXPECT_LOOK(1, "");
	EXPECT_LOOK(58, "");
	EXPECT_LOOK(1, "E");
	expect_counts(0, 1, 66, 0, 0);
	EXPECT_LOOK(1, "");
	EXPECT_LOOK(60, "");
}

Test(log_track, a_flow_that_was_reset_may_live_on)
{
	claim(3, 0);
	become(3, VFG_FLOW_RESET);
	EXPECT_LOOK(1, "BE");
	become(3, VFG_FLOW_ESTABLISHED);
	carry(3, VFG_INBOUND, 4, 400);
	EXPECT_LOOK(1, "C");
	expect_counts(0, 4, 400, 0, 0);
	carry(3, VFG_INBOUND, 1, 100);
	become(3, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
	expect_counts(0, 1, 100, 0, 0);
}

/* By the next look another flow may have the slot, and the counters would be gone. */
Test(log_track, silence_ends_a_flow_one_look_ahead)
{
	claim(9, 0);
	become(9, VFG_FLOW_ESTABLISHED);
	carry(9, VFG_INBOUND, 3, 300);
	EXPECT_LOOK(1, "B");
	EXPECT_LOOK(58, "");
	EXPECT_LOOK(1, "E");
	expect_counts(0, 3, 300, 0, 0);
	EXPECT_LOOK(1, "");
	claim(9, 0);
	EXPECT_LOOK(1, "B");
	cr_expect(zero(u64, missed.flows));
	cr_expect(zero(u64, missed.ends));
}

Test(log_track, a_flow_that_a_policy_has_taken_off_ends_with_its_counters)
{
	claim(2, 0);
	become(2, VFG_FLOW_ESTABLISHED);
	EXPECT_LOOK(1, "B");
	carry(2, VFG_OUTBOUND, 5, 500);
	become(2, VFG_FLOW_FREE);
	EXPECT_LOOK(1, "E");
	expect_counts(0, 0, 0, 5, 500);
	EXPECT_LOOK(1, "");
	EXPECT_LOOK(600, "");
}

Test(log_track, flows_that_came_and_went_between_two_looks_are_counted)
{
	EXPECT_LOOK(1, "");
	claim(4, 0);
	claim(4, 0);
	claim(4, 0);
	EXPECT_LOOK(1, "B");
	cr_expect(eq(u64, missed.flows, 2));
	cr_expect(zero(u64, missed.ends));
	claim(4, 0);
	EXPECT_LOOK(1, "B");
	cr_expect(eq(u64, missed.flows, 2));
	cr_expect(eq(u64, missed.ends, 1));
	claim(4, 0);
	become(4, VFG_FLOW_FREE);
	EXPECT_LOOK(1, "");
	cr_expect(eq(u64, missed.flows, 3));
	cr_expect(eq(u64, missed.ends, 2));
}

Test(log_track, the_sequence_may_wrap)
{
	slot(1)->meta = (uint64_t)VFG_FLOW_META_SEQUENCE << VFG_FLOW_SEQUENCE_SHIFT;
	look.first = true;
	EXPECT_LOOK(1, "");
	claim(1, 0);
	cr_expect(zero(u32, vfg_flow_meta_sequence(slot(1)->meta)));
	EXPECT_LOOK(1, "B");
	cr_expect(zero(u64, missed.flows));
}

/* Of what was carried before anything was logged, nothing is. */
Test(log_track, flows_that_were_there_before_are_taken_over_in_silence)
{
	claim(6, 0);
	become(6, VFG_FLOW_ESTABLISHED);
	carry(6, VFG_INBOUND, 100, 10000);
	look.first = true;
	EXPECT_LOOK(1, "");
	carry(6, VFG_INBOUND, 1, 60);
	become(6, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
	expect_counts(0, 1, 60, 0, 0);
	cr_expect(zero(u64, missed.flows));
}

Test(log_track, another_process_goes_on_where_one_was_killed)
{
	for (uint32_t i = 0; i < 6; i++) {
		claim(i, 0);
		become(i, VFG_FLOW_ESTABLISHED);
		carry(i, VFG_INBOUND, 10 + i, 1000);
	}
	EXPECT_LOOK(1, "BBBBBB");
	become(1, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
	/* killed between an entry and what points at it */
	flow_of[2] = 0;
	vfg_log_memory_drop(&memory);
	cr_assert(zero(int, vfg_log_memory_adopt(&memory, SLOTS + 1)));
	claim(7, 0);
	carry(0, VFG_OUTBOUND, 1, 50);
	become(0, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "EB");
	expect_counts(0, 10, 1000, 1, 50);
	for (uint32_t i = 0; i < SLOTS; i++)
		cr_expect(flow_of[i] == 0 || flow[flow_of[i]].slot == i);
}

Test(log_track, a_file_that_somebody_has_scribbled_in_does_no_harm)
{
	claim(3, 0);
	memset(flow_of, 0xa5, sizeof(flow_of));
	memset(flow, 0x5a, sizeof(flow));
	vfg_log_memory_drop(&memory);
	cr_assert(zero(int, vfg_log_memory_adopt(&memory, SLOTS + 1)));
	EXPECT_LOOK(1, "B");
	for (uint32_t i = 0; i < SLOTS; i++)
		claim(i, 0);
	look_after(1);
	cr_expect(eq(sz, records, SLOTS));
	cr_expect(eq(u32, memory.spare_count, 0));
}

static bool refuse(void *data, uint32_t count)
{
	return count <= *(uint32_t *)data;
}

Test(log_track, without_memory_flows_begin_and_are_followed_no_further)
{
	uint32_t room = 3;

	memory.reserve = refuse;
	memory.data = &room;
	for (uint32_t i = 0; i < 5; i++)
		claim(i, 0);
	EXPECT_LOOK(1, "BBBBB");
	cr_expect(eq(u64, missed.untracked, 3));
	become(0, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
}

Test(log_track, all_slots_may_be_full_and_change_hands_many_times)
{
	uint64_t begun = 0;

	for (int round = 0; round < 1000; round++) {
		for (uint32_t i = 0; i < SLOTS; i++) {
			claim(i, 0);
			become(i, round % 2 ? VFG_FLOW_CLOSING : VFG_FLOW_ESTABLISHED);
		}
		look_after(1);
		for (size_t i = 0; i < records; i++)
			begun += record[i].state == VFG_LOG_BEGIN;
	}
	cr_expect(eq(u64, begun, 1000 * SLOTS));
	cr_expect(zero(u64, missed.flows));
	cr_expect(eq(u64, missed.ends, 500 * SLOTS));
	cr_expect(zero(u64, missed.untracked));
}

Test(log_track, sums_are_right_beyond_what_the_low_word_holds)
{
	struct vfg_tally *of = &tally[0].way[0];

	claim(0, 0);
	EXPECT_LOOK(1, "B");
	of->high[VFG_INBOUND] = 3ULL << VFG_TALLY_HIGH_SHIFT | 5;
	of->low[VFG_INBOUND] = 7ULL << VFG_TALLY_PACKETS_SHIFT | 11;
	become(0, VFG_FLOW_CLOSING);
	EXPECT_LOOK(1, "E");
	expect_counts(0, (3ULL << 23) + 7, (5ULL << 39) + 11, 0, 0);
}

Test(log_track, a_list_of_now_has_all_that_live_and_nothing_else)
{
	claim(0, 0);
	carry(0, VFG_INBOUND, 9, 900);
	claim(1, 0);
	become(1, VFG_FLOW_FREE);
	claim(2, 0);
	slot(2)->seen = look.ticks - 61 * TICK_HZ;
	claim(3, 0);
	become(3, VFG_FLOW_BUSY);
	records = 0;
	vfg_log_list(&table, &look, take, NULL);
	cr_assert(eq(sz, records, 1));
	cr_expect(eq(u8, record[0].state, VFG_LOG_CONTINUE));
	expect_counts(0, 9, 900, 0, 0);
}
