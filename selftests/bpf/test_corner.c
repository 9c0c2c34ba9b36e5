/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Corner packets: ICMP of all kinds, neighbour discovery, and fragments in and out of order.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>

#include "scene.h"

enum {
	ECHO4 = 8,
	ECHO_REPLY4 = 0,
	TIMESTAMP4 = 13,
	TIMESTAMP_REPLY4 = 14,
	UNREACHABLE4 = 3,
	REDIRECT4 = 5,
	EXCEEDED4 = 11,
	ECHO6 = 128,
	ECHO_REPLY6 = 129,
	UNREACHABLE6 = 1,
	TOO_BIG6 = 2,
	ID = 0x1234,
	ICMP6 = 58,
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

TestSuite(corner, .init = open_scene, .fini = close_scene);

static struct packet icmp_in(enum vfg_family family, uint8_t type, uint16_t id)
{
	struct packet packet;

	scene_begin_in(&packet, family);
	packet_icmp(&packet, type, 0, id);
	packet_finish(&packet);
	return packet;
}

static struct packet icmp_out(enum vfg_family family, uint8_t type, uint16_t id)
{
	struct packet packet;

	scene_begin_out(&packet, family);
	packet_icmp(&packet, type, 0, id);
	packet_finish(&packet);
	return packet;
}

/* Outside a router that is no party of the flow sends the error. */
static const char *const router[] = {"203.0.113.1", "2001:db8:3::1"};
static const char *const guest[] = {GUEST, GUEST6};
static const char *const outside[] = {OUTSIDE, OUTSIDE6};

/* An error about a TCP segment that the guest has sent. */
static struct packet error_in(enum vfg_family family, uint8_t type, uint16_t guest_port,
			      uint16_t outside_port)
{
	struct packet packet;

	packet_begin(&packet);
	packet_ip(&packet, router[family], guest[family]);
	packet_icmp(&packet, type, 0, 0);
	packet_ip(&packet, guest[family], outside[family]);
	packet_tcp(&packet, guest_port, outside_port, PACKET_ACK);
	packet_finish(&packet);
	return packet;
}

/* No packet of a test that judges ICMP by rules may pass by them. */
static void deny_icmp(void)
{
	struct vfg_rule *rule =
		(struct vfg_rule *)((char *)scene.bench.policy + scene.bench.policy->rules);

	rule[scene_rule(&scene, "AllowPing")].action = VFG_ACTION_DENY;
	rule[scene_rule(&scene, "AllowPing6")].action = VFG_ACTION_DENY;
}

static void expect_in(const struct packet *packet, enum vfg_reason reason, const char *what)
{
	scene_expect(&scene, BENCH_XDP, packet, reason, what);
	scene_expect(&scene, BENCH_INGRESS, packet, reason, what);
}

Test(corner, echo_replies_belong_to_their_request)
{
	static const uint8_t request[] = {ECHO4, ECHO6}, reply[] = {ECHO_REPLY4, ECHO_REPLY6};
	struct packet packet;

	deny_icmp();
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		packet = icmp_in(family, reply[family], ID);
		expect_in(&packet, VFG_REASON_RULE_DENY, "reply without a request");
		packet = icmp_out(family, request[family], ID);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "request");
		packet = icmp_in(family, reply[family], ID);
		expect_in(&packet, VFG_REASON_FLOW, "reply");
		packet = icmp_in(family, reply[family], ID + 1);
		expect_in(&packet, VFG_REASON_RULE_DENY, "reply of another identifier");
	}
}

Test(corner, a_flow_of_echo_lets_in_no_request_in_return)
{
	static const uint8_t request[] = {ECHO4, ECHO6};
	struct packet packet;

	deny_icmp();
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		packet = icmp_out(family, request[family], ID);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "request");
		packet = icmp_in(family, request[family], ID);
		expect_in(&packet, VFG_REASON_RULE_DENY, "request from the other side");
		packet = icmp_out(family, request[family], 0);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "request 0");
		packet = icmp_in(family, request[family], 0);
		expect_in(&packet, VFG_REASON_RULE_DENY, "request 0 from the other side");
	}
}

Test(corner, a_timestamp_reply_belongs_to_its_request)
{
	struct packet packet = icmp_out(VFG_IPV4, TIMESTAMP4, ID);

	deny_icmp();
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "timestamp");
	packet = icmp_in(VFG_IPV4, TIMESTAMP_REPLY4, ID);
	expect_in(&packet, VFG_REASON_FLOW, "timestamp reply");
	packet = icmp_in(VFG_IPV4, TIMESTAMP_REPLY4, ID + 1);
	expect_in(&packet, VFG_REASON_RULE_DENY, "reply of another identifier");
	packet = icmp_in(VFG_IPV4, ECHO_REPLY4, ID);
	expect_in(&packet, VFG_REASON_RULE_DENY, "reply to another query");
	packet = icmp_in(VFG_IPV4, TIMESTAMP4, ID);
	expect_in(&packet, VFG_REASON_RULE_DENY, "timestamp from the other side");
}

Test(corner, what_asks_nothing_opens_no_flow)
{
	static const uint8_t type[] = {REDIRECT4, ECHO_REPLY4, TIMESTAMP_REPLY4};
	struct packet packet;

	for (size_t i = 0; i < sizeof(type); i++) {
		packet = icmp_out(VFG_IPV4, type[i], ID);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "by the rules");
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "each time");
	}
	cr_assert(zero(sz, bench_flows(&scene.bench)));
}

Test(corner, errors_about_a_live_flow_pass)
{
	static const uint8_t error[] = {EXCEEDED4, TOO_BIG6};
	struct packet packet;
	size_t flows;

	deny_icmp();
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		packet = scene_tcp_out(family, 40000, 443, PACKET_SYN);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "SYN");
		flows = bench_flows(&scene.bench);
		packet = error_in(family, error[family], 40000, 443);
		expect_in(&packet, VFG_REASON_RELATED, "error about the flow");
		cr_assert(eq(sz, bench_flows(&scene.bench), flows), "opens none");
		cr_assert(eq(int, (int)bench_state(&scene.bench), VFG_FLOW_NEW),
			  "and is no answer");
	}
}

Test(corner, errors_the_guest_sends_about_a_live_flow_pass)
{
	struct packet packet = scene_udp_in(VFG_IPV4, 5000, 514);
	struct vfg_rule *rule =
		(struct vfg_rule *)((char *)scene.bench.policy + scene.bench.policy->rules);

	rule[scene_rule(&scene, "AllowPingOut")].action = VFG_ACTION_DENY;
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, "question");
	scene_begin_out(&packet, VFG_IPV4);
	packet_icmp(&packet, UNREACHABLE4, 3, 0);
	packet_ip(&packet, OUTSIDE, GUEST);
	packet_udp(&packet, 5000, 514);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RELATED, "port unreachable");
}

Test(corner, errors_about_no_flow_are_judged_by_rules_over_ipv4_and_pass_over_ipv6)
{
	struct packet packet = error_in(VFG_IPV4, UNREACHABLE4, 40000, 443);

	expect_in(&packet, VFG_REASON_RULE_ALLOW, "IPv4, a rule allows ICMP");
	cr_assert(zero(sz, bench_flows(&scene.bench)), "an error opens no flow");
	deny_icmp();
	expect_in(&packet, VFG_REASON_RULE_DENY, "IPv4, none does");
	packet = error_in(VFG_IPV6, UNREACHABLE6, 40000, 443);
	expect_in(&packet, VFG_REASON_ICMP6_ERROR, "IPv6");
}

Test(corner, a_redirect_is_no_error)
{
	struct packet packet = scene_tcp_out(VFG_IPV4, 40000, 443, PACKET_SYN);

	deny_icmp();
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "SYN");
	packet = error_in(VFG_IPV4, REDIRECT4, 40000, 443);
	expect_in(&packet, VFG_REASON_RULE_DENY, "redirect");
}

Test(corner, an_error_whose_packet_is_cut_short_is_about_nothing)
{
	struct packet packet = scene_tcp_out(VFG_IPV4, 40000, 443, PACKET_SYN);

	deny_icmp();
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "SYN");
	packet = error_in(VFG_IPV4, EXCEEDED4, 40000, 443);
	packet_break_length(&packet, 0, 20 + 8 + 20 + 8);
	expect_in(&packet, VFG_REASON_RELATED, "eight bytes of TCP");
	packet_break_length(&packet, 0, 20 + 8 + 20 + 7);
	expect_in(&packet, VFG_REASON_RULE_DENY, "seven bytes of TCP");
}

Test(corner, neighbour_discovery_passes_from_the_link_only)
{
	struct packet packet;

	deny_icmp();
	for (uint8_t type = 133; type <= 137; type++) {
		scene_begin_in(&packet, VFG_IPV6);
		packet_hop_limit(&packet, 255);
		packet_icmp(&packet, type, 0, 0);
		packet_finish(&packet);
		expect_in(&packet, VFG_REASON_NEIGHBOUR, "hop limit 255");
		packet_hop_limit(&packet, 254);
		expect_in(&packet, VFG_REASON_BAD_HEADER, "hop limit 254");
	}
	scene_begin_in(&packet, VFG_IPV6);
	packet_hop_limit(&packet, 255);
	packet_fragment(&packet, 1, 0, true);
	packet_icmp(&packet, 135, 0, 0);
	packet_finish(&packet);
	expect_in(&packet, VFG_REASON_BAD_HEADER, "in a fragment");
}

Test(corner, listener_reports_pass)
{
	static const uint8_t types[] = {130, 131, 132, 143};
	struct packet packet;

	deny_icmp();
	for (size_t i = 0; i < sizeof(types); i++) {
		packet = icmp_in(VFG_IPV6, types[i], 0);
		expect_in(&packet, VFG_REASON_NEIGHBOUR, "inbound");
		packet = icmp_out(VFG_IPV6, types[i], 0);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_NEIGHBOUR, "outbound");
	}
	packet = icmp_in(VFG_IPV6, 138, 0);
	expect_in(&packet, VFG_REASON_RULE_DENY, "the next type up");
}

Test(corner, icmp_of_the_other_family_is_a_protocol_like_any)
{
	struct packet packet;

	scene_begin_in(&packet, VFG_IPV4);
	packet_protocol(&packet, ICMP6);
	packet_finish(&packet);
	packet.bytes[14 + 20] = 135; /* looks like a solicitation */
	expect_in(&packet, VFG_REASON_RULE_ALLOW, "58 over IPv4: by the rule for 58");
	deny_icmp();
	bench_clear_flows(&scene.bench);
	expect_in(&packet, VFG_REASON_RULE_DENY, "and not as a neighbour");
}
