/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs tell of denied packets: which, how many, and what is in an event.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

enum { TELNET = 23, SMTP = 25, OUTSIDE_PORT = 40000, WINDOW_US = 1500000 };

static struct scene scene;

/* What is told is told by CPU. */
static void open_scene(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	cr_assert(zero(int, sched_setaffinity(0, sizeof(first), &first)));
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(event, .init = open_scene, .fini = close_scene);

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Unlike rule numbers, ids are the loader's; on the bench each rule's id is its number. */
static uint32_t id_of(const char *rule)
{
	return scene_rule(&scene, rule);
}

struct teller {
	const char *name;
	enum bench_program program;
	enum vfg_hook hook;
};

static const struct teller tellers[] = {
	{"XDP", BENCH_XDP, VFG_HOOK_XDP},
	{"TC ingress", BENCH_INGRESS, VFG_HOOK_TC_INGRESS},
	{"TC egress", BENCH_EGRESS, VFG_HOOK_TC_EGRESS},
	{"TC egress below", BENCH_BELOW, VFG_HOOK_TC_EGRESS_VF},
};

static void expect_ends(const struct vfg_event *event, enum vfg_family family, bool is_inbound)
{
	static const char *const guest[] = {GUEST, GUEST6}, *const outside[] = {OUTSIDE, OUTSIDE6};
	int domain = family == VFG_IPV4 ? AF_INET : AF_INET6;
	__be32 local[4] = {}, remote[4] = {};

	inet_pton(domain, guest[family], local);
	inet_pton(domain, outside[family], remote);
	cr_expect(zero(int, memcmp(event->local, local, sizeof(local))));
	cr_expect(zero(int, memcmp(event->remote, remote, sizeof(remote))));
	cr_expect(eq(u16, ntohs(event->local_port), is_inbound ? TELNET : OUTSIDE_PORT));
	cr_expect(eq(u16, ntohs(event->remote_port), is_inbound ? OUTSIDE_PORT : SMTP));
	cr_expect(eq(u8, event->protocol, IPPROTO_TCP));
	cr_expect(eq(u8, event->family, family));
}

Test(event, a_denied_packet_is_told_whole_at_every_hook)
{
	uint64_t number = 0, before = now_ns();

	for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++) {
		const struct teller *teller = &tellers[i];
		bool is_inbound = vfg_hook_direction(teller->hook) == VFG_INBOUND;

		for (int family = 0; family < VFG_FAMILY_MAX; family++) {
			struct packet packet =
				is_inbound ? scene_tcp_in(family, OUTSIDE_PORT, TELNET, PACKET_SYN)
					   : scene_tcp_out(family, OUTSIDE_PORT, SMTP, PACKET_SYN);
			const struct vfg_event *event = &scene.bench.events->event[number];

			scene_expect(&scene, teller->program, &packet, VFG_REASON_RULE_DENY,
				     teller->name);
			number++;
			cr_assert(eq(u64, scene.bench.events->head, number), "%s", teller->name);
			cr_expect(eq(u64, event->number, number));
			cr_expect(eq(u8, event->hook, teller->hook));
			cr_expect(eq(u32, event->ifindex, BENCH_IFINDEX));
			cr_expect(eq(u32, event->rule, id_of(is_inbound ? "DenyIn" : "DenyOut")));
			cr_expect(ge(u64, event->time_ns, before));
			cr_expect(le(u64, event->time_ns, now_ns()));
			expect_ends(event, family, is_inbound);
		}
	}
}

/* By the general parser, not that of plain packets. */
Test(event, a_packet_without_ports_is_told_too)
{
	const struct vfg_event *event = &scene.bench.events->event[0];
	struct packet packet;

	scene_begin_in(&packet, VFG_IPV6);
	packet_protocol(&packet, IPPROTO_GRE);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "GRE");
	cr_assert(eq(u64, scene.bench.events->head, 1));
	cr_expect(eq(u8, event->protocol, IPPROTO_GRE));
	cr_expect(eq(u8, event->family, VFG_IPV6));
	cr_expect(zero(u16, event->local_port));
}

Test(event, only_what_a_rule_denies_is_told)
{
	struct packet allowed = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, 22, PACKET_SYN);
	struct packet broken = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, TELNET, PACKET_SYN);

	scene_expect(&scene, BENCH_XDP, &allowed, VFG_REASON_RULE_ALLOW, "allowed");
	scene_expect(&scene, BENCH_INGRESS, &allowed, VFG_REASON_RULE_ALLOW, "allowed");
	packet_break_ipv4_header(&broken, 4);
	scene_expect(&scene, BENCH_XDP, &broken, VFG_REASON_BAD_HEADER, "broken");
	cr_assert(zero(u64, scene.bench.events->head));
}

Test(event, a_flood_is_told_so_many_times_a_second_and_counted_whole)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, TELNET, PACKET_SYN);
	struct packet other = scene_tcp_out(VFG_IPV4, OUTSIDE_PORT, SMTP, PACKET_SYN);
	const unsigned int flood = 5 * VFG_EVENT_PER_RULE;
	struct vfg_control control;
	struct vfg_rule_count rule;

	for (unsigned int i = 0; i < flood; i++)
		scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "flood");
	cr_assert(eq(u64, scene.bench.events->head, VFG_EVENT_PER_RULE));
	rule = bench_rule(&scene.bench, id_of("DenyIn"));
	cr_assert(eq(u64, rule.hits, flood));
	scene_expect(&scene, BENCH_EGRESS, &other, VFG_REASON_RULE_DENY, "another rule");
	cr_assert(eq(u64, scene.bench.events->head, VFG_EVENT_PER_RULE + 1));

	/* One tick is a second now, and a rule is told of again in the next. */
	bench_get_control(&scene.bench, &control);
	control.tick_hz = 1;
	bench_set_control(&scene.bench, &control);
	usleep(WINDOW_US);
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "a second later");
	cr_assert(eq(u64, scene.bench.events->head, VFG_EVENT_PER_RULE + 2));
}

Test(event, the_oldest_gives_way)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, TELNET, PACKET_SYN);
	struct vfg_event_ring *events = scene.bench.events;

	events->head = VFG_EVENT_SLOTS - 1;
	events->event[0].number = 1;
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "the last slot");
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "the first slot");
	cr_expect(eq(u64, events->event[VFG_EVENT_SLOTS - 1].number, VFG_EVENT_SLOTS));
	cr_expect(eq(u64, events->event[0].number, VFG_EVENT_SLOTS + 1));
	cr_expect(eq(u64, events->head, VFG_EVENT_SLOTS + 1));
}

/* `last` is the tick of the newest decision, and a packet of a flow is none. */
Test(event, a_rule_knows_its_last_hit)
{
	struct packet denied = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, TELNET, PACKET_SYN);
	struct packet opens = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, 22, PACKET_SYN);
	struct packet goes_on = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, 22, PACKET_ACK);
	uint32_t first, last;

	scene_expect(&scene, BENCH_XDP, &denied, VFG_REASON_RULE_DENY, "denied");
	scene_expect(&scene, BENCH_INGRESS, &opens, VFG_REASON_RULE_ALLOW, "opens");
	first = bench_rule(&scene.bench, id_of("DenyIn")).last;
	cr_assert(ne(u32, first, 0));
	cr_assert(le(u32, bench_rule(&scene.bench, id_of("AllowSsh")).last - first, 1));
	usleep(WINDOW_US);
	scene_expect(&scene, BENCH_INGRESS, &goes_on, VFG_REASON_FLOW, "goes on");
	scene_expect(&scene, BENCH_XDP, &denied, VFG_REASON_RULE_DENY, "denied");
	last = bench_rule(&scene.bench, id_of("DenyIn")).last;
	cr_assert(gt(u32, last, first + 1));
	cr_assert(le(u32, bench_rule(&scene.bench, id_of("AllowSsh")).last, first + 1));
}
