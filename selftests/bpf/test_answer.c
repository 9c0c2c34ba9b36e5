/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions: what comes in on the answer device is answered with rule, reason and generation, and
 * leaves no trace.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include "scene.h"

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(answer, .init = open_scene, .fini = close_scene);

static void expect(enum bench_program program, const struct packet *packet, enum vfg_reason reason,
		   uint32_t rule)
{
	bool pass, inbound = program != BENCH_EGRESS;
	struct vfg_answer answer = bench_ask(&scene.bench, program, packet, &pass);

	cr_assert(eq(int, pass, !vfg_reason_drops(reason)));
	cr_assert(eq(u32, answer.reason, reason));
	cr_assert(eq(u32, answer.rule, rule));
	cr_assert(eq(u32, answer.generation, BENCH_GENERATION));
	cr_assert(eq(u32, answer.direction, inbound ? VFG_INBOUND : VFG_OUTBOUND));
}

Test(answer, names_the_rule_that_decides)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);

	expect(BENCH_XDP, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowSsh"));
	expect(BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowSsh"));
	packet = scene_tcp_in(VFG_IPV6, 40000, 23, PACKET_SYN);
	expect(BENCH_XDP, &packet, VFG_REASON_RULE_DENY, scene_rule(&scene, "DenyIn"));
	expect(BENCH_INGRESS, &packet, VFG_REASON_RULE_DENY, scene_rule(&scene, "DenyIn"));
	packet = scene_udp_in(VFG_IPV6, 53, 5000);
	expect(BENCH_XDP, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowFromDns"));
	packet = scene_tcp_out(VFG_IPV6, 40000, 443, PACKET_SYN);
	expect(BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowWeb"));
}

Test(answer, gives_the_number_even_where_the_loader_gave_another_id)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	struct vfg_rule *rule =
		(struct vfg_rule *)((char *)scene.bench.policy + scene.bench.policy->rules);

	rule[scene_rule(&scene, "AllowSsh")].id = 4711;
	expect(BENCH_XDP, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowSsh"));
	expect(BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowSsh"));
}

Test(answer, gives_the_reason_where_no_rule_decides)
{
	struct packet packet;

	packet_begin(&packet);
	packet_type(&packet, ETH_P_ARP);
	packet_data(&packet, 28);
	expect(BENCH_XDP, &packet, VFG_REASON_ARP, VFG_RULE_NONE);
	expect(BENCH_EGRESS, &packet, VFG_REASON_ARP, VFG_RULE_NONE);
	scene_begin_in(&packet, VFG_IPV4);
	packet_fragment(&packet, 1, 5, false);
	packet_protocol(&packet, IPPROTO_UDP);
	packet_finish(&packet);
	expect(BENCH_XDP, &packet, VFG_REASON_DEFER, VFG_RULE_NONE);
	expect(BENCH_INGRESS, &packet, VFG_REASON_FRAGMENT_ORPHAN, VFG_RULE_NONE);
	packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	packet_cut(&packet, 1);
	expect(BENCH_INGRESS, &packet, VFG_REASON_TRUNCATED, VFG_RULE_NONE);
}

Test(answer, says_so_where_there_is_no_policy)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	struct vfg_answer answer;
	bool pass;

	scene.bench.policy->magic++;
	answer = bench_ask(&scene.bench, BENCH_XDP, &packet, &pass);
	cr_assert(not(pass));
	cr_assert(eq(u32, answer.reason, VFG_REASON_NO_POLICY));
	cr_assert(eq(u32, answer.rule, VFG_RULE_NONE));
}

/* Both a first fragment and a packet that opens a flow elsewhere. */
Test(answer, leaves_no_trace)
{
	uint64_t before = bench_digest(&scene.bench);
	struct packet packet;
	bool pass;

	for (uint16_t port = 1; port < 600; port++) {
		packet = scene_tcp_in(VFG_IPV4, 40000, port, PACKET_SYN);
		bench_ask(&scene.bench, BENCH_XDP, &packet, &pass);
		bench_ask(&scene.bench, BENCH_INGRESS, &packet, &pass);
		packet = scene_udp_out(VFG_IPV6, 40000, port);
		bench_ask(&scene.bench, BENCH_EGRESS, &packet, &pass);
	}
	scene_begin_in(&packet, VFG_IPV4);
	packet_fragment(&packet, 1, 0, true);
	packet_udp(&packet, 5000, 514);
	packet_finish(&packet);
	bench_ask(&scene.bench, BENCH_INGRESS, &packet, &pass);
	cr_assert(pass);
	cr_assert(eq(u64, bench_digest(&scene.bench), before));
}

/* The digest sees what the programs write: the same packets, as real ones, change it. */
Test(answer, a_real_packet_leaves_one)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	uint64_t before;

	close_scene();
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
	before = bench_digest(&scene.bench);
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, "SSH");
	cr_assert(ne(u64, bench_digest(&scene.bench), before));
}

Test(answer, judges_the_first_packet_of_a_flow_even_where_one_is_live)
{
	struct packet in = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	struct packet out = scene_tcp_out(VFG_IPV4, 22, 40000, PACKET_SYN | PACKET_ACK);
	struct vfg_flow4 *flow;

	/* a live flow in every bucket, as TC would have entered it */
	for (uint32_t i = 0; i < SCENE_BUCKETS; i++) {
		flow = &scene.bench.flow4[i].way[0];
		inet_pton(AF_INET, GUEST, &flow->local);
		inet_pton(AF_INET, OUTSIDE, &flow->remote);
		flow->local_port = htons(22);
		flow->remote_port = htons(40000);
		flow->protocol = IPPROTO_TCP;
		flow->meta = (uint64_t)BENCH_GENERATION << 32 | VFG_FLOW_ESTABLISHED;
	}
	expect(BENCH_XDP, &in, VFG_REASON_RULE_ALLOW, scene_rule(&scene, "AllowSsh"));
	expect(BENCH_EGRESS, &out, VFG_REASON_RULE_DENY, scene_rule(&scene, "DenyOut"));
}
