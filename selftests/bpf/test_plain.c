/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain packets have a reader of their own in the programs. The same packet behind a VLAN tag goes
 * through the general parser: both must come to the same verdict, rule, counters and flow.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "../generate.h"
#include "scene.h"
#include "shrink.h"

enum {
	MACS_BYTES = 12,
	TAG_BYTES = 4,
	FIRST_HEADER = 14,
	MUTATIONS = 60000,
	FLOWS = 3000,
	FIRST_SEED = 20260722,
};

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void open_questions(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(plain, .init = open_scene, .fini = close_scene, .timeout = 300);
TestSuite(plain_question, .init = open_questions, .fini = close_scene, .timeout = 300);

static struct packet tagged(const struct packet *packet)
{
	static const uint8_t tag[TAG_BYTES] = {0x81, 0x00, 0x00, 0x01};
	struct packet other = *packet;

	memmove(other.bytes + MACS_BYTES + TAG_BYTES, other.bytes + MACS_BYTES,
		other.length - MACS_BYTES);
	memcpy(other.bytes + MACS_BYTES, tag, TAG_BYTES);
	other.length += TAG_BYTES;
	return other;
}

static struct packet segment(struct vfg_random *random, enum vfg_direction direction)
{
	static const uint16_t port[] = {22, 53, 80, 443, 514};
	enum vfg_family family = vfg_random_below(random, 2) ? VFG_IPV6 : VFG_IPV4;
	uint16_t one = port[vfg_random_below(random, 5)], two = port[vfg_random_below(random, 5)];
	uint8_t flags = (uint8_t)vfg_random_below(random, 64);
	struct packet packet;

	if (direction == VFG_INBOUND)
		scene_begin_in(&packet, family);
	else
		scene_begin_out(&packet, family);
	if (vfg_random_below(random, 2))
		packet_tcp(&packet, one, two, flags);
	else
		packet_udp(&packet, one, two);
	packet_data(&packet, vfg_random_below(random, 64));
	packet_finish(&packet);
	return packet;
}

static void mutate(struct vfg_random *random, struct packet *packet)
{
	size_t bytes = packet->length - FIRST_HEADER, least;

	for (uint32_t i = vfg_random_below(random, 3); i; i--)
		packet->bytes[FIRST_HEADER +
			      vfg_random_below(random, (uint32_t)bytes) % 60 % bytes] =
			(uint8_t)vfg_random_below(random, 256);
	/* the kernel refuses test runs of a frame that is IP and too short for its header */
	least = FIRST_HEADER + (packet->bytes[MACS_BYTES] == 0x08 ? 20 : 40);
	if (!vfg_random_below(random, 8))
		packet_cut(packet, vfg_random_below(random, (uint32_t)(packet->length - least)));
}

/* Headers of all sorts, right and wrong: what is no plain packet must not be taken for one. */
Test(plain_question, any_packet_is_answered_as_the_general_parser_does)
{
	struct vfg_random random = {.state = FIRST_SEED};
	size_t mutations = shrink("packets", MUTATIONS);
	size_t answers[VFG_REASON_MAX] = {0};

	for (size_t i = 0; i < mutations; i++) {
		enum bench_program program = vfg_random_below(&random, BENCH_PROGRAMS);
		struct packet packet =
			segment(&random, program >= BENCH_EGRESS ? VFG_OUTBOUND : VFG_INBOUND);
		struct packet other;
		struct vfg_answer one, two;
		bool passes, other_passes;

		mutate(&random, &packet);
		other = tagged(&packet);
		one = bench_ask(&scene.bench, program, &packet, &passes);
		two = bench_ask(&scene.bench, program, &other, &other_passes);
		cr_assert(eq(int, passes, other_passes), "packet %zu", i);
		cr_assert(zero(int, memcmp(&one, &two, sizeof(one))),
			  "packet %zu: reason %u and %u, rule %u and %u", i, one.reason, two.reason,
			  one.rule, two.rule);
		answers[one.reason]++;
	}
	cr_assert(gt(sz, answers[VFG_REASON_RULE_ALLOW], mutations / 20));
	cr_assert(gt(sz, answers[VFG_REASON_RULE_DENY], mutations / 20));
	cr_assert(gt(sz, answers[VFG_REASON_BAD_HEADER], mutations / 200));
	cr_assert(gt(sz, answers[VFG_REASON_TRUNCATED], mutations / 200));
}

/* What one lets in as the first of a flow, the other finds in the table, and moves in the same
 * way. */
Test(plain, the_same_flow_is_found_and_moved)
{
	struct vfg_random random = {.state = FIRST_SEED};
	size_t flows = shrink("flows", FLOWS), opened = 0;

	for (size_t i = 0; i < flows; i++) {
		enum bench_program program =
			vfg_random_below(&random, 2) ? BENCH_INGRESS : BENCH_EGRESS;
		struct packet packet =
			segment(&random, program >= BENCH_EGRESS ? VFG_OUTBOUND : VFG_INBOUND);
		struct packet other = tagged(&packet);
		struct bench_result one, two;

		bench_clear_flows(&scene.bench);
		one = bench_run(&scene.bench, program, i % 2 ? &packet : &other);
		two = bench_run(&scene.bench, program, i % 2 ? &other : &packet);
		if (one.reason != VFG_REASON_RULE_ALLOW) {
			cr_assert(eq(int, one.reason, two.reason), "packet %zu", i);
			continue;
		}
		opened++;
		cr_assert(eq(int, two.reason, VFG_REASON_FLOW), "packet %zu: reason %d", i,
			  two.reason);
		cr_assert(eq(sz, bench_flows(&scene.bench), 1), "packet %zu", i);
	}
	cr_assert(gt(sz, opened, flows / 10));
}

/* A whole connection, told once by plain packets and once behind a tag: the same states. */
Test(plain, a_connection_goes_through_the_same_states)
{
	static const struct {
		enum vfg_direction direction;
		uint8_t flags;
	} step[] = {
		{VFG_INBOUND, PACKET_SYN},
		{VFG_OUTBOUND, PACKET_SYN | PACKET_ACK},
		{VFG_INBOUND, PACKET_ACK},
		{VFG_OUTBOUND, PACKET_FIN | PACKET_ACK},
		{VFG_INBOUND, PACKET_FIN | PACKET_ACK},
		{VFG_INBOUND, PACKET_RST},
		{VFG_INBOUND, PACKET_SYN},
	};
	enum vfg_flow_state states[2][sizeof(step) / sizeof(step[0])];

	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		for (int way = 0; way < 2; way++) {
			bench_clear_flows(&scene.bench);
			for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
				bool in = step[i].direction == VFG_INBOUND;
				struct packet packet =
					in ? scene_tcp_in(family, 40000, 22, step[i].flags)
					   : scene_tcp_out(family, 22, 40000, step[i].flags);
				struct packet other = tagged(&packet);

				bench_run(&scene.bench, in ? BENCH_INGRESS : BENCH_EGRESS,
					  way ? &other : &packet);
				states[way][i] = bench_state(&scene.bench);
			}
		}
		cr_assert(zero(int, memcmp(states[0], states[1], sizeof(states[0]))));
		cr_assert(eq(int, (int)states[0][2], VFG_FLOW_ESTABLISHED));
	}
}
