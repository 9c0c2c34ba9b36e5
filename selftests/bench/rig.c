/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs, the feeders and the flows.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../loader/control.h"

enum {
	FULL_ONE_IN = 20,
	BATCH = 4096, /* connections that are half open at a time */
};

static const char *const reasons[] = {
#define NAME(name, text, meaning) [VFG_REASON_##name] = text,
	VFG_REASONS(NAME)
#undef NAME
};

void rig_open(struct rig *rig, uint32_t buckets)
{
	struct vfg_control control;

	bench_open(&rig->bench, buckets, BENCH_NO_IFINDEX);
	if (vfg_control_fill(buckets, &vfg_timeouts_default, &control))
		abort();
	bench_set_control(&rig->bench, &control);
	feeder_open(&rig->feeder, buckets * VFG_FLOW_WAYS);
}

void rig_close(struct rig *rig)
{
	feeder_close(&rig->feeder);
	bench_close(&rig->bench);
}

void rig_policy(struct rig *rig, const struct ruleset *ruleset)
{
	bench_policy(&rig->bench, &ruleset->tables);
}

struct feed_header *rig_headers(const struct vfg_tuple *tuples, uint32_t count, uint8_t flags)
{
	struct feed_header *headers = calloc(count, sizeof(*headers));

	if (!headers)
		abort();
	for (uint32_t i = 0; i < count; i++)
		headers[i] = feeder_header(&tuples[i], flags);
	return headers;
}

void rig_shuffle(struct vfg_tuple *tuples, uint32_t count)
{
	struct vfg_random random = {.state = count};

	for (uint32_t i = count; i > 1; i--) {
		uint32_t other = vfg_random_below(&random, i);
		struct vfg_tuple tuple = tuples[i - 1];

		tuples[i - 1] = tuples[other];
		tuples[other] = tuple;
	}
}

static uint64_t counted(struct rig *rig, enum vfg_hook hook, int reason)
{
	return bench_reason(&rig->bench, hook, (enum vfg_reason)reason).packets;
}

/* Packets by reason, at one hook. */
struct census {
	uint64_t packets[VFG_REASON_MAX];
};

static struct census take_census(struct rig *rig, enum vfg_hook hook)
{
	struct census census;

	for (int i = 0; i < VFG_REASON_MAX; i++)
		census.packets[i] = counted(rig, hook, i);
	return census;
}

/* A new flow takes its path to the end also where both its buckets are full of established ones: a
 * few may. */
static bool all_went(const struct census *moved, int reason, uint32_t packets)
{
	uint64_t full = moved->packets[VFG_REASON_FLOW_FULL];

	if (reason != VFG_REASON_RULE_ALLOW || full > packets / FULL_ONE_IN)
		full = 0;
	return moved->packets[reason] + full == packets;
}

/* Returns only if every packet went the way that its row names. */
static void check(const struct census *before, const struct census *after, int reason,
		  uint32_t packets)
{
	struct census moved;

	for (int i = 0; i < VFG_REASON_MAX; i++)
		moved.packets[i] = after->packets[i] - before->packets[i];
	if (all_went(&moved, reason, packets))
		return;
	fprintf(stderr, "bench: not all of %u packets went by %s:\n", packets, reasons[reason]);
	for (int i = 0; i < VFG_REASON_MAX; i++)
		if (moved.packets[i])
			fprintf(stderr, "bench:   %s: %llu\n", reasons[i],
				(unsigned long long)moved.packets[i]);
	abort();
}

double rig_measure(struct rig *rig, enum feeder_way way, int reason, uint32_t packets)
{
	enum vfg_hook hook = way == FEEDER_XDP ? VFG_HOOK_XDP : VFG_HOOK_TC_INGRESS;
	struct census before, after;
	double ns;

	if (reason == RIG_FLOOR) {
		feeder_aim(&rig->feeder, way, feeder_floor_fd(&rig->feeder, way));
		return feeder_run(&rig->feeder, way, 0, packets);
	}
	feeder_aim(&rig->feeder, way,
		   bench_program_fd(&rig->bench, way == FEEDER_XDP ? BENCH_XDP : BENCH_INGRESS));
	before = take_census(rig, hook);
	ns = feeder_run(&rig->feeder, way, 0, packets);
	after = take_census(rig, hook);
	check(&before, &after, reason, packets);
	return ns;
}

/* One segment of every flow. */
static void send_all(struct rig *rig, const struct vfg_tuple *tuples, uint32_t count,
		     enum vfg_direction direction, uint8_t flags)
{
	enum bench_program program = direction == VFG_INBOUND ? BENCH_INGRESS : BENCH_EGRESS;
	struct feed_header *headers = calloc(count, sizeof(*headers));

	if (!headers)
		abort();
	for (uint32_t i = 0; i < count; i++)
		headers[i] = direction == VFG_INBOUND ? feeder_header(&tuples[i], flags)
						      : feeder_answer(&tuples[i], flags);
	feeder_load(&rig->feeder, tuples[0].family, headers, count);
	feeder_aim(&rig->feeder, FEEDER_TC, bench_program_fd(&rig->bench, program));
	feeder_run(&rig->feeder, FEEDER_TC, 0, count);
	free(headers);
}

/* Time for flows that are not established to expire, and for no other. */
static void wait_for_half_open(struct rig *rig)
{
	struct vfg_control control;

	bench_get_control(&rig->bench, &control);
	bench_age(&rig->bench, control.timeout_ticks[VFG_FLOW_NEW] + control.tick_hz);
}

/* Moves the tuples that have a flow to the front. Return: how many. */
static uint32_t keep_live(struct rig *rig, struct vfg_tuple *tuples, uint32_t count)
{
	struct feed_header *headers = rig_headers(tuples, count, PACKET_ACK);
	uint64_t before = counted(rig, VFG_HOOK_TC_INGRESS, VFG_REASON_FLOW);
	uint32_t live = 0;

	feeder_aim(&rig->feeder, FEEDER_TC, bench_program_fd(&rig->bench, BENCH_INGRESS));
	feeder_load(&rig->feeder, tuples[0].family, headers, count);
	for (uint32_t i = 0; i < count; i++) {
		feeder_run(&rig->feeder, FEEDER_TC, 0, 1);
		if (counted(rig, VFG_HOOK_TC_INGRESS, VFG_REASON_FLOW) > before + live)
			tuples[live++] = tuples[i];
	}
	free(headers);
	return live;
}

static void enter_floor(struct rig *rig, const struct vfg_tuple *tuples, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct feed_header header = feeder_header(&tuples[i], PACKET_ACK);

		feeder_floor_add(&rig->feeder, tuples[0].family, &header);
	}
}

static void answer_and_confirm(struct rig *rig, const struct vfg_tuple *tuples, uint32_t count)
{
	send_all(rig, tuples, count, VFG_OUTBOUND, PACKET_SYN | PACKET_ACK);
	send_all(rig, tuples, count, VFG_INBOUND, PACKET_ACK);
}

static uint32_t batch_at(uint32_t at, uint32_t count)
{
	return count - at < BATCH ? count - at : BATCH;
}

/* Who lost its slot to another before it was established was opened anew by its ACK, and is
 * answered in the second turn. */
void rig_establish(struct rig *rig, struct vfg_tuple *tuples, uint32_t count, uint32_t wanted)
{
	uint32_t live = 0, kept;

	for (uint32_t at = 0; at < count; at += BATCH) {
		send_all(rig, tuples + at, batch_at(at, count), VFG_INBOUND, PACKET_SYN);
		answer_and_confirm(rig, tuples + at, batch_at(at, count));
	}
	for (uint32_t at = 0; at < count; at += BATCH)
		answer_and_confirm(rig, tuples + at, batch_at(at, count));
	wait_for_half_open(rig);
	for (uint32_t at = 0; at < count; at += BATCH) {
		kept = keep_live(rig, tuples + at, batch_at(at, count));
		memmove(tuples + live, tuples + at, kept * sizeof(*tuples));
		live += kept;
	}
	if (live < wanted) {
		fprintf(stderr, "bench: only %u of %u flows found room\n", live, wanted);
		abort();
	}
	enter_floor(rig, tuples, wanted);
}
