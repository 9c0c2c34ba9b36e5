/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table under time and load: how long entries live, and who makes room for whom.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>

#include "connection.h"

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(table, .init = open_scene, .fini = close_scene);

/* How long each state lives: at its time-out it is there, a little later it is not. */
struct lifetime {
	const char *name;
	uint32_t ticks;
	struct segment segment[6];
	size_t segments;
};

static const struct lifetime lifetimes[] = {
	{"new", BENCH_TIMEOUT_NEW, {{"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW}}, 1},
	{"replied",
	 BENCH_TIMEOUT_REPLIED,
	 {{"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW}, {"SYN+ACK", OUT, SYN_ACK, FLOW, VFG_FLOW_REPLIED}},
	 2},
	{"established", BENCH_TIMEOUT_ESTABLISHED, {HANDSHAKE}, 3},
	{"fin", BENCH_TIMEOUT_FIN, {HANDSHAKE, {"FIN", IN, FIN_ACK, FLOW, VFG_FLOW_FIN}}, 4},
	{"reset", BENCH_TIMEOUT_RESET, {HANDSHAKE, {"RST", IN, RST, FLOW, VFG_FLOW_RESET}}, 4},
	{"closing",
	 BENCH_TIMEOUT_CLOSING,
	 {HANDSHAKE,
	  {"FIN", IN, FIN_ACK, FLOW, VFG_FLOW_FIN},
	  {"FIN", OUT, FIN_ACK, FLOW, VFG_FLOW_CLOSING}},
	 5},
};

Test(table, every_state_has_its_time)
{
	/* an RST leaves most states as a live flow, and is never the first packet of one here: the
	 * guest may not open */
	struct packet answer = scene_tcp_out(VFG_IPV4, GUEST_PORT, OUTSIDE_PORT, RST);
	const uint32_t slack = 100000; /* the clock goes on while the test runs */

	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		const struct lifetime *life = &lifetimes[i];

		connection_play(&scene, VFG_IPV4, life->segment, life->segments);
		bench_age(&scene.bench, life->ticks + slack);
		scene_expect(&scene, BENCH_EGRESS, &answer, DENY, life->name);
		bench_clear_flows(&scene.bench);
		connection_play(&scene, VFG_IPV4, life->segment, life->segments);
		bench_age(&scene.bench, life->ticks - slack);
		scene_expect(&scene, BENCH_EGRESS, &answer, FLOW, life->name);
		bench_clear_flows(&scene.bench);
	}
}

Test(table, udp_has_its_time_and_traffic_renews_it)
{
	struct packet in = scene_udp_in(VFG_IPV6, 5000, 514);
	struct packet out = scene_udp_out(VFG_IPV6, 514, 5000);

	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question");
	bench_age(&scene.bench, BENCH_TIMEOUT_UDP - 100000);
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "answer");
	bench_age(&scene.bench, BENCH_TIMEOUT_UDP - 100000);
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "answer, renewed");
	bench_age(&scene.bench, BENCH_TIMEOUT_UDP + 100000);
	scene_expect(&scene, BENCH_EGRESS, &out, DENY, "answer, too late");
	bench_age(&scene.bench, 0x80000000);
	scene_expect(&scene, BENCH_EGRESS, &out, DENY, "answer, years too late");
	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question again");
	cr_assert(eq(sz, bench_flows(&scene.bench), 1), "in the slot that it had");
}

/* A question and its answer; what becomes of the answer without the flow. */
struct exchange {
	const char *name;
	struct packet question;
	struct packet answer;
	uint32_t ticks;
	enum vfg_reason alone;
};

static struct packet echo(enum vfg_family family, bool asks)
{
	uint8_t question = family == VFG_IPV4 ? 8 : 128, answer = family == VFG_IPV4 ? 0 : 129;
	struct packet packet;

	if (asks)
		scene_begin_in(&packet, family);
	else
		scene_begin_out(&packet, family);
	packet_icmp(&packet, asks ? question : answer, 0, 77);
	packet_finish(&packet);
	return packet;
}

static struct packet esp(bool asks)
{
	struct packet packet;

	if (asks)
		scene_begin_in(&packet, VFG_IPV4);
	else
		scene_begin_out(&packet, VFG_IPV4);
	packet_protocol(&packet, IPPROTO_ESP);
	packet_finish(&packet);
	return packet;
}

Test(table, every_protocol_has_its_time)
{
	const struct exchange exchanges[] = {
		{"UDP", scene_udp_in(VFG_IPV4, 5000, 514), scene_udp_out(VFG_IPV4, 514, 5000),
		 BENCH_TIMEOUT_UDP, DENY},
		{"ICMP", echo(VFG_IPV4, true), echo(VFG_IPV4, false), BENCH_TIMEOUT_ICMP, ALLOW},
		{"ICMPv6", echo(VFG_IPV6, true), echo(VFG_IPV6, false), BENCH_TIMEOUT_ICMP, ALLOW},
		{"ESP", esp(true), esp(false), BENCH_TIMEOUT_OTHER, DENY},
	};
	const uint32_t slack = 100000;

	for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
		const struct exchange *exchange = &exchanges[i];

		scene_expect(&scene, BENCH_INGRESS, &exchange->question, ALLOW, exchange->name);
		bench_age(&scene.bench, exchange->ticks - slack);
		scene_expect(&scene, BENCH_EGRESS, &exchange->answer, FLOW, exchange->name);
		bench_age(&scene.bench, exchange->ticks + slack);
		scene_expect(&scene, BENCH_EGRESS, &exchange->answer, exchange->alone,
			     exchange->name);
		bench_clear_flows(&scene.bench);
	}
}

static uint32_t sum_seen(void)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < SCENE_BUCKETS * VFG_FLOW_WAYS; i++)
		sum += scene.bench.flow4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS].seen;
	return sum;
}

Test(table, seen_is_written_once_a_second)
{
	struct packet in = scene_udp_in(VFG_IPV4, 5000, 514);
	struct packet out = scene_udp_out(VFG_IPV4, 514, 5000);
	uint32_t before;

	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question");
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "answer");
	bench_age(&scene.bench, BENCH_TICK_HZ / 2);
	before = sum_seen();
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "half a second later");
	cr_assert(eq(u32, sum_seen(), before), "not written");
	bench_age(&scene.bench, BENCH_TICK_HZ / 2);
	before = sum_seen();
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "a second later");
	cr_assert(ne(u32, sum_seen(), before), "written");
}

/* ---- a full table ---- */

/* Established connections from as many outside ports as there is room. */
static size_t fill(uint32_t buckets)
{
	size_t established = 0;

	for (uint16_t port = 1; port < 2000; port++) {
		struct packet syn = scene_tcp_in(VFG_IPV4, port, GUEST_PORT, ACK);
		struct packet answer = scene_tcp_out(VFG_IPV4, GUEST_PORT, port, ACK);

		if (!bench_run(&scene.bench, BENCH_INGRESS, &syn).pass)
			continue;
		established += bench_run(&scene.bench, BENCH_EGRESS, &answer).pass;
		if (established == (size_t)buckets * VFG_FLOW_WAYS)
			break;
	}
	return established;
}

Test(table, a_full_table_refuses_and_evicts_no_established_flow)
{
	const uint32_t buckets = 2;
	struct vfg_rule_count rule;
	struct packet packet;
	size_t established;

	close_scene();
	scene_open(&scene, buckets, BENCH_NO_IFINDEX);
	established = fill(buckets);
	cr_assert(eq(sz, established, buckets * VFG_FLOW_WAYS));
	for (uint16_t port = 3000; port < 3100; port++) {
		packet = scene_tcp_in(VFG_IPV4, port, GUEST_PORT, SYN);
		scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_FLOW_FULL, "flood");
	}
	cr_assert(eq(sz, bench_flows(&scene.bench), established));
	rule = bench_rule(&scene.bench, scene_rule(&scene, "AllowSsh"));
	cr_assert(eq(u64, rule.hits, established), "no rule refused them");
	for (uint16_t port = 1; port < 2000 && established; port++) {
		packet = scene_tcp_in(VFG_IPV4, port, GUEST_PORT, ACK);
		established -= bench_run(&scene.bench, BENCH_INGRESS, &packet).pass;
	}
	cr_assert(zero(sz, established), "every one of them still passes");
	packet = scene_tcp_in(VFG_IPV6, 3000, GUEST_PORT, SYN);
	scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "the other family has its own table");
}

Test(table, a_flood_of_half_open_flows_pushes_out_only_half_open_flows)
{
	struct packet data = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, GUEST_PORT, ACK);
	struct packet packet;

	close_scene();
	scene_open(&scene, 1, BENCH_NO_IFINDEX);
	PLAY(VFG_IPV4, HANDSHAKE);
	for (uint16_t port = 1; port <= 3; port++) {
		packet = scene_tcp_in(VFG_IPV4, port, GUEST_PORT, SYN);
		scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "half open");
		bench_age(&scene.bench, 1000);
	}
	packet = scene_tcp_in(VFG_IPV4, 4, GUEST_PORT, SYN);
	scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "one more");
	packet = scene_tcp_in(VFG_IPV4, 2, GUEST_PORT, ACK);
	scene_expect(&scene, BENCH_XDP, &packet, FLOW, "the second is there");
	packet = scene_tcp_in(VFG_IPV4, 1, GUEST_PORT, ACK);
	scene_expect(&scene, BENCH_XDP, &packet, ALLOW, "the longest silent is gone");
	scene_expect(&scene, BENCH_XDP, &data, FLOW, "the established is there");
}

Test(table, an_expired_established_flow_makes_room)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 3000, GUEST_PORT, SYN);

	close_scene();
	scene_open(&scene, 1, BENCH_NO_IFINDEX);
	cr_assert(eq(sz, fill(1), VFG_FLOW_WAYS));
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_FLOW_FULL, "full");
	bench_age(&scene.bench, BENCH_TIMEOUT_ESTABLISHED + 100000);
	scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "room");
}

/* A slot that changes hands begins to count anew. */
Test(table, a_new_flow_inherits_no_tally)
{
	struct packet packet;
	uint64_t packets = 0;

	close_scene();
	scene_open(&scene, 1, BENCH_NO_IFINDEX);
	cr_assert(eq(sz, fill(1), VFG_FLOW_WAYS));
	bench_age(&scene.bench, BENCH_TIMEOUT_ESTABLISHED + 100000);
	for (uint16_t port = 3000; port < 3000 + VFG_FLOW_WAYS; port++) {
		packet = scene_tcp_in(VFG_IPV4, port, GUEST_PORT, SYN);
		scene_expect(&scene, BENCH_INGRESS, &packet, ALLOW, "in the slot of another");
	}
	for (int way = 0; way < VFG_FLOW_WAYS; way++)
		for (uint32_t direction = 0; direction < VFG_DIRECTION_MAX; direction++)
			packets += vfg_tally_packets(&scene.bench.tally4[0].way[way], direction);
	cr_assert(eq(u64, packets, VFG_FLOW_WAYS), "one each");
}
