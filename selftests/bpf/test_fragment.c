/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments: the later ones follow their first, and only their first. XDP leaves them to TC.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>

#include "scene.h"

enum {
	ID = 0xbeef,
	DATA = 32,
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

TestSuite(fragment, .init = open_scene, .fini = close_scene);

/* The first fragment of a datagram to a port. */
static struct packet first(enum vfg_family family, uint32_t id, uint16_t port)
{
	struct packet packet;

	scene_begin_in(&packet, family);
	packet_fragment(&packet, id, 0, true);
	packet_udp(&packet, 5000, port);
	packet_data(&packet, DATA);
	packet_finish(&packet);
	return packet;
}

/* A later one: what it carries would be a UDP header to an allowed port, were it one. */
static struct packet later(enum vfg_family family, uint32_t id, uint8_t protocol)
{
	struct packet packet;

	scene_begin_in(&packet, family);
	packet_fragment(&packet, id, 5, false);
	packet_protocol(&packet, protocol);
	packet_finish(&packet);
	return packet;
}

static void expect(const struct packet *packet, enum vfg_reason reason, const char *what)
{
	scene_expect(&scene, BENCH_INGRESS, packet, reason, what);
}

Test(fragment, later_ones_follow_their_first)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet one = first(family, ID, 514), two = later(family, ID, IPPROTO_UDP);

		expect(&two, VFG_REASON_FRAGMENT_ORPHAN, "later before its first");
		scene_expect(&scene, BENCH_XDP, &two, VFG_REASON_DEFER, "later, XDP");
		expect(&one, VFG_REASON_RULE_ALLOW, "first");
		expect(&two, VFG_REASON_FRAGMENT, "later");
		expect(&two, VFG_REASON_FRAGMENT, "one more");
		scene_expect(&scene, BENCH_XDP, &two, VFG_REASON_DEFER, "later, XDP again");
	}
}

Test(fragment, the_first_one_of_a_live_flow_takes_its_later_ones_along)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet one = first(family, ID, 514), two = first(family, ID + 1, 514);
		struct packet rest = later(family, ID + 1, IPPROTO_UDP);

		expect(&one, VFG_REASON_RULE_ALLOW, "first datagram");
		expect(&rest, VFG_REASON_FRAGMENT_ORPHAN, "later of the second, too early");
		expect(&two, VFG_REASON_FLOW, "second datagram");
		expect(&rest, VFG_REASON_FRAGMENT, "later of the second");
	}
}

Test(fragment, a_denied_first_one_takes_none_along)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet one = first(family, ID, 515), two = later(family, ID, IPPROTO_UDP);

		scene_expect(&scene, BENCH_XDP, &one, VFG_REASON_RULE_DENY, "first, XDP");
		expect(&one, VFG_REASON_RULE_DENY, "first");
		expect(&two, VFG_REASON_FRAGMENT_ORPHAN, "later");
	}
}

Test(fragment, another_datagram_is_another)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet packet = first(family, ID, 514);

		expect(&packet, VFG_REASON_RULE_ALLOW, "first");
		packet = later(family, ID + 1, IPPROTO_UDP);
		expect(&packet, VFG_REASON_FRAGMENT_ORPHAN, "other identification");
		packet = later(family, ID, IPPROTO_TCP);
		expect(&packet, VFG_REASON_FRAGMENT_ORPHAN, "other protocol");
		scene_begin_out(&packet, family);
		packet_fragment(&packet, ID, 5, false);
		packet_protocol(&packet, IPPROTO_UDP);
		packet_finish(&packet);
		scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_FRAGMENT_ORPHAN,
			     "other direction");
	}
}

Test(fragment, a_first_one_is_forgotten_after_a_while)
{
	struct packet one = first(VFG_IPV4, ID, 514), two = later(VFG_IPV4, ID, IPPROTO_UDP);

	expect(&one, VFG_REASON_RULE_ALLOW, "first");
	bench_age(&scene.bench, BENCH_TIMEOUT_FRAGMENT - 100000);
	expect(&two, VFG_REASON_FRAGMENT, "in time");
	bench_age(&scene.bench, 200000);
	expect(&two, VFG_REASON_FRAGMENT_ORPHAN, "too late");
}

Test(fragment, a_first_one_without_its_whole_transport_header_is_dropped)
{
	struct packet packet;

	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		scene_begin_in(&packet, family);
		packet_fragment(&packet, ID, 0, true);
		packet_protocol(&packet, IPPROTO_TCP); /* eight bytes of it */
		packet_finish(&packet);
		scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_TRUNCATED, "XDP");
		expect(&packet, VFG_REASON_TRUNCATED, "TC");
	}
}

Test(fragment, outbound_ones_follow_too)
{
	struct packet packet;

	scene_begin_out(&packet, VFG_IPV6);
	packet_fragment(&packet, ID, 0, true);
	packet_udp(&packet, 5000, 514);
	packet_data(&packet, DATA);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "first");
	scene_begin_out(&packet, VFG_IPV6);
	packet_fragment(&packet, ID, 5, false);
	packet_protocol(&packet, IPPROTO_UDP);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_FRAGMENT, "later");
}

Test(fragment, later_ones_count_for_the_rule_that_let_the_first)
{
	struct packet one = first(VFG_IPV4, ID, 514), two = later(VFG_IPV4, ID, IPPROTO_UDP);
	struct vfg_rule_count rule;

	expect(&one, VFG_REASON_RULE_ALLOW, "first");
	expect(&two, VFG_REASON_FRAGMENT, "later");
	rule = bench_rule(&scene.bench, scene_rule(&scene, "AllowSyslog"));
	cr_assert(eq(u64, rule.hits, 1));
	cr_assert(eq(u64, rule.packets, 2));
	cr_assert(eq(u64, rule.bytes, one.length + two.length));
}
