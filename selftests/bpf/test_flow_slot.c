/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the flows command takes for live is what the programs take for live: to the tick, of every
 * state and protocol.
 */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/flow_slot.h"
#include "../../loader/tick.h"
#include "connection.h"

enum {
	/* On either side of the end of a flow's time, in ticks. */
	AROUND = 3,
	/* The clock may go on in the middle of a question; then it is asked again. */
	ATTEMPTS = 50,
};

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(flow_slot, .init = open_scene, .fini = close_scene);

static struct vfg_flow_table table_of(enum vfg_family family)
{
	if (family == VFG_IPV4)
		return (struct vfg_flow_table){family, SCENE_BUCKETS * VFG_FLOW_WAYS,
					       scene.bench.flow4, scene.bench.tally4};
	return (struct vfg_flow_table){family, SCENE_BUCKETS * VFG_FLOW_WAYS, scene.bench.flow6,
				       scene.bench.tally6};
}

/* The one flow that there is. */
static struct vfg_flow only(enum vfg_family family)
{
	struct vfg_flow_table table = table_of(family);
	struct vfg_flow flow;

	for (uint32_t slot = 0; slot < table.slots; slot++) {
		if (vfg_flow_slot_read(&table, slot, &flow))
			return flow;
	}
	cr_assert(false, "no flow");
	return flow;
}

static void set_seen(enum vfg_family family, uint32_t slot, uint32_t seen)
{
	if (family == VFG_IPV4)
		scene.bench.flow4[slot / VFG_FLOW_WAYS].way[slot % VFG_FLOW_WAYS].seen = seen;
	else
		scene.bench.flow6[slot / VFG_FLOW_WAYS].way[slot % VFG_FLOW_WAYS].seen = seen;
}

static bool is_live(const struct vfg_flow *flow, uint32_t now)
{
	struct vfg_control control;
	struct vfg_flow_age age;

	bench_get_control(&scene.bench, &control);
	return vfg_flow_age_of(&control, flow, now, &age);
}

/* The tables, kept while TC changes them: XDP leaves the time to it. */
static struct vfg_flow4_bucket kept4[SCENE_BUCKETS];
static struct vfg_flow6_bucket kept6[SCENE_BUCKETS];

static void keep(void)
{
	memcpy(kept4, scene.bench.flow4, sizeof(kept4));
	memcpy(kept6, scene.bench.flow6, sizeof(kept6));
}

static void restore(void)
{
	memcpy(scene.bench.flow4, kept4, sizeof(kept4));
	memcpy(scene.bench.flow6, kept6, sizeof(kept6));
}

/* Return: whether loader and program agreed, and on what. */
static bool ask(enum vfg_family family, const struct packet *packet, int32_t past, bool *ret_live)
{
	struct vfg_control control;
	struct bench_result result;
	uint32_t before, after;

	bench_get_control(&scene.bench, &control);
	for (int i = 0; i < ATTEMPTS; i++) {
		struct vfg_flow flow;

		restore();
		flow = only(family);
		cr_assert(zero(int, vfg_tick_now(&before)));
		set_seen(family, flow.slot,
			 before - vfg_flow_timeout(&control, &flow) - (uint32_t)past);
		flow = only(family);
		result = bench_run(&scene.bench, BENCH_INGRESS, packet);
		cr_assert(zero(int, vfg_tick_now(&after)));
		*ret_live = is_live(&flow, before);
		if (*ret_live == is_live(&flow, after))
			return (result.reason == VFG_REASON_FLOW) == *ret_live;
	}
	cr_assert(false, "the clock never stands still");
	return false;
}

static void expect_agreement(enum vfg_family family, const struct packet *packet, const char *what)
{
	int lives = 0, ends = 0;

	keep();
	for (int32_t past = -AROUND; past <= AROUND; past++) {
		bool live;

		cr_expect(ask(family, packet, past, &live), "%s, %d ticks after its end", what,
			  past);
		lives += live;
		ends += !live;
	}
	cr_expect(ge(int, lives, AROUND), "%s", what);
	cr_expect(ge(int, ends, AROUND - 1), "%s", what);
}

Test(flow_slot, tcp_ends_when_the_programs_say)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet data =
			scene_tcp_in((enum vfg_family)family, OUTSIDE_PORT, GUEST_PORT, ACK);

		PLAY(family, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW});
		expect_agreement((enum vfg_family)family, &data, "new");
		bench_clear_flows(&scene.bench);
		PLAY(family, HANDSHAKE);
		expect_agreement((enum vfg_family)family, &data, "established");
		bench_clear_flows(&scene.bench);
		PLAY(family, HANDSHAKE, {"FIN in", IN, FIN_ACK, FLOW, VFG_FLOW_FIN});
		expect_agreement((enum vfg_family)family, &data, "fin");
		bench_clear_flows(&scene.bench);
		PLAY(family, HANDSHAKE, {"RST", OUT, RST, FLOW, VFG_FLOW_RESET});
		expect_agreement((enum vfg_family)family, &data, "reset");
		bench_clear_flows(&scene.bench);
	}
}

Test(flow_slot, udp_ends_when_the_programs_say)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet packet = scene_udp_in((enum vfg_family)family, 5000, 514);

		scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "question");
		expect_agreement((enum vfg_family)family, &packet, "udp");
		bench_clear_flows(&scene.bench);
	}
}

Test(flow_slot, icmp_ends_when_the_programs_say)
{
	struct packet packet;

	scene_begin_in(&packet, VFG_IPV4);
	packet_icmp(&packet, 8, 0, 77);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "ping");
	expect_agreement(VFG_IPV4, &packet, "icmp");
	cr_expect(eq(u16, only(VFG_IPV4).local_port, 77));
}

/* The very next packet goes by the rules again. */
Test(flow_slot, a_forgotten_flow_is_none)
{
	struct packet answer = scene_tcp_in(VFG_IPV4, 443, 40000, SYN_ACK);
	struct packet syn = scene_tcp_out(VFG_IPV4, 40000, 443, SYN);
	struct vfg_flow_table table = table_of(VFG_IPV4);
	struct vfg_flow flow;

	scene_expect(&scene, BENCH_EGRESS, &syn, ALLOW, "SYN out");
	scene_expect(&scene, BENCH_XDP, &answer, FLOW, "its answer");
	flow = only(VFG_IPV4);
	cr_assert(vfg_flow_slot_forget(&table, &flow));
	scene_expect(&scene, BENCH_XDP, &answer, DENY, "an answer to nothing, XDP");
	scene_expect(&scene, BENCH_INGRESS, &answer, DENY, "an answer to nothing, TC");
	scene_expect(&scene, BENCH_EGRESS, &syn, ALLOW, "SYN out, a new flow");
	scene_expect(&scene, BENCH_XDP, &answer, FLOW, "its answer");
}
