/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table, as packets see it: who needs a rule and who does not, how TCP comes and goes,
 * what time and a full table do.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

TestSuite(flow, .init = open_scene, .fini = close_scene);

Test(flow, handshake_establishes_and_both_fins_close)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		PLAY(family, HANDSHAKE, {"FIN in", IN, FIN_ACK, FLOW, VFG_FLOW_FIN},
		     {"data out", OUT, ACK, FLOW, VFG_FLOW_FIN},
		     {"FIN out", OUT, FIN_ACK, FLOW, VFG_FLOW_CLOSING},
		     {"last ACK", IN, ACK, FLOW, VFG_FLOW_CLOSING},
		     {"SYN again", IN, SYN, ALLOW, VFG_FLOW_NEW});
		cr_assert(eq(sz, bench_flows(&scene.bench), 1), "the same slot is used again");
		bench_clear_flows(&scene.bench);
	}
}

Test(flow, opener_repeats_itself_and_stays_half_open)
{
	PLAY(VFG_IPV4, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW}, {"SYN", IN, SYN, FLOW, VFG_FLOW_NEW},
	     {"ACK", IN, ACK, FLOW, VFG_FLOW_NEW}, {"FIN", IN, FIN_ACK, FLOW, VFG_FLOW_NEW},
	     {"RST", IN, RST, FLOW, VFG_FLOW_NEW});
}

Test(flow, syn_ack_of_the_opener_completes_no_handshake)
{
	PLAY(VFG_IPV4, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW},
	     {"SYN+ACK", OUT, SYN_ACK, FLOW, VFG_FLOW_REPLIED},
	     {"SYN+ACK", OUT, SYN_ACK, FLOW, VFG_FLOW_REPLIED},
	     {"SYN", IN, SYN, FLOW, VFG_FLOW_REPLIED});
}

Test(flow, connection_in_the_middle_is_established_by_the_first_answer)
{
	PLAY(VFG_IPV6, {"data", IN, ACK, ALLOW, VFG_FLOW_NEW},
	     {"answer", OUT, ACK, FLOW, VFG_FLOW_ESTABLISHED});
}

Test(flow, reset_is_undone_by_traffic_and_replaced_by_syn)
{
	PLAY(VFG_IPV4, HANDSHAKE, {"RST", OUT, RST, FLOW, VFG_FLOW_RESET},
	     {"RST again", OUT, RST, FLOW, VFG_FLOW_RESET},
	     {"data: the RST was forged", IN, ACK, FLOW, VFG_FLOW_ESTABLISHED},
	     {"RST", IN, RST, FLOW, VFG_FLOW_RESET}, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW});
}

Test(flow, guest_may_not_reopen_what_outside_opened)
{
	PLAY(VFG_IPV4, HANDSHAKE, {"RST", IN, RST, FLOW, VFG_FLOW_RESET},
	     {"SYN out: no rule lets it", OUT, SYN, DENY, VFG_FLOW_RESET});
}

Test(flow, refused_connection)
{
	PLAY(VFG_IPV4, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW},
	     {"RST", OUT, RST | ACK, FLOW, VFG_FLOW_RESET}, {"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW});
}

/* What a flow's answers look like without the flow: denied. */
Test(flow, answers_need_no_rule_but_their_flow)
{
	for (int family = VFG_IPV4; family < VFG_FAMILY_MAX; family++) {
		struct packet syn = scene_tcp_out(family, 40000, 443, SYN);
		struct packet syn_ack = scene_tcp_in(family, 443, 40000, SYN_ACK);
		struct packet log = scene_udp_out(family, 5000, 514);
		struct packet reply = scene_udp_in(family, 514, 5000);

		scene_expect(&scene, BENCH_XDP, &syn_ack, DENY, "SYN+ACK before SYN, XDP");
		scene_expect(&scene, BENCH_INGRESS, &syn_ack, DENY, "SYN+ACK before SYN, TC");
		scene_expect(&scene, BENCH_EGRESS, &syn, ALLOW, "SYN out");
		scene_expect(&scene, BENCH_XDP, &syn_ack, FLOW, "SYN+ACK, XDP");
		scene_expect(&scene, BENCH_INGRESS, &syn_ack, FLOW, "SYN+ACK, TC");
		scene_expect(&scene, BENCH_INGRESS, &reply, DENY, "UDP before the question");
		scene_expect(&scene, BENCH_EGRESS, &log, ALLOW, "UDP out");
		scene_expect(&scene, BENCH_XDP, &reply, FLOW, "UDP answer, XDP");
		scene_expect(&scene, BENCH_INGRESS, &reply, FLOW, "UDP answer, TC");
	}
}

/* One port, one address or the protocol off by one: another flow. */
Test(flow, neighbours_of_a_flow_do_not_pass)
{
	struct packet packet = scene_tcp_out(VFG_IPV4, 40000, 443, SYN);

	scene_expect(&scene, BENCH_EGRESS, &packet, ALLOW, "SYN out");
	packet = scene_tcp_in(VFG_IPV4, 443, 40001, SYN_ACK);
	scene_expect(&scene, BENCH_XDP, &packet, DENY, "other local port");
	packet = scene_tcp_in(VFG_IPV4, 444, 40000, SYN_ACK);
	scene_expect(&scene, BENCH_XDP, &packet, DENY, "other remote port");
	packet = scene_udp_in(VFG_IPV4, 443, 40000);
	scene_expect(&scene, BENCH_XDP, &packet, DENY, "other protocol");
	packet_begin(&packet);
	packet_ip(&packet, "198.51.100.8", GUEST);
	packet_tcp(&packet, 443, 40000, SYN_ACK);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_XDP, &packet, DENY, "other remote address");
	packet_begin(&packet);
	packet_ip(&packet, OUTSIDE, "192.0.2.6");
	packet_tcp(&packet, 443, 40000, SYN_ACK);
	packet_finish(&packet);
	scene_expect(&scene, BENCH_XDP, &packet, DENY, "other local address");
}

Test(flow, tally_counts_both_directions)
{
	struct packet in = scene_udp_in(VFG_IPV4, 5000, 514);
	struct packet out = scene_udp_out(VFG_IPV4, 514, 5000);
	uint64_t packets[VFG_DIRECTION_MAX] = {0}, bytes[VFG_DIRECTION_MAX] = {0};
	struct vfg_rule_count rule;

	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question");
	scene_expect(&scene, BENCH_INGRESS, &in, FLOW, "question");
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "answer");
	for (size_t i = 0; i < SCENE_BUCKETS * VFG_FLOW_WAYS; i++) {
		const struct vfg_tally *tally =
			&scene.bench.tally4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS];

		for (int way = 0; way < VFG_DIRECTION_MAX; way++) {
			packets[way] += vfg_tally_packets(tally, (uint32_t)way);
			bytes[way] += vfg_tally_bytes(tally, (uint32_t)way);
		}
	}
	cr_assert(eq(u64, packets[VFG_INBOUND], 2));
	cr_assert(eq(u64, bytes[VFG_INBOUND], 2 * in.length));
	cr_assert(eq(u64, packets[VFG_OUTBOUND], 1));
	cr_assert(eq(u64, bytes[VFG_OUTBOUND], out.length));
	rule = bench_rule(&scene.bench, scene_rule(&scene, "AllowSyslog"));
	cr_assert(eq(u64, rule.hits, 1), "one decision");
	cr_assert(eq(u64, rule.packets, 3), "all packets of the flow");
	cr_assert(eq(u64, rule.bytes, 2 * in.length + out.length));
}

/* The addition that sets the top bit of a field moves it on; the sums stay exact. */
Test(flow, tally_carries_what_outgrows_its_fields)
{
	const uint64_t packets = (1ULL << (VFG_TALLY_PACKETS_TOP - VFG_TALLY_PACKETS_SHIFT)) - 1;
	const uint64_t bytes = (1ULL << VFG_TALLY_BYTES_TOP) - 1;
	struct packet in = scene_udp_in(VFG_IPV4, 5000, 514);
	struct vfg_tally *tally = NULL;

	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question");
	for (size_t i = 0; i < SCENE_BUCKETS * VFG_FLOW_WAYS && !tally; i++) {
		tally = &scene.bench.tally4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS];
		if (!tally->low[VFG_INBOUND])
			tally = NULL;
	}
	cr_assert(ne(ptr, tally, NULL));
	tally->low[VFG_INBOUND] = packets << VFG_TALLY_PACKETS_SHIFT | bytes;
	for (uint64_t i = 1; i <= 2; i++) {
		scene_expect(&scene, BENCH_INGRESS, &in, FLOW, "one more");
		cr_expect(eq(u64, vfg_tally_packets(tally, VFG_INBOUND), packets + i));
		cr_expect(eq(u64, vfg_tally_bytes(tally, VFG_INBOUND), bytes + i * in.length));
		cr_expect(eq(u64, tally->high[VFG_INBOUND], 1ULL << VFG_TALLY_HIGH_SHIFT | 1));
	}
	cr_expect(zero(u64, vfg_tally_packets(tally, VFG_OUTBOUND)));
}

/* ---- a new policy ---- */

static void flush(void)
{
	scene.bench.policy->generation = BENCH_GENERATION + 1;
	bench_keep_since(&scene.bench, BENCH_GENERATION + 1);
}

/* Every rule of the policy denies from now on. */
static void deny_all(void)
{
	struct vfg_rule *rule =
		(struct vfg_rule *)((char *)scene.bench.policy + scene.bench.policy->rules);

	for (uint32_t i = 0; i < scene.bench.policy->words * 64; i++)
		rule[i].action = VFG_ACTION_DENY;
}

Test(flow, a_new_policy_keeps_flows_unless_told_to_flush)
{
	struct packet data = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, GUEST_PORT, ACK);

	PLAY(VFG_IPV4, HANDSHAKE);
	deny_all();
	scene.bench.policy->generation++;
	scene_expect(&scene, BENCH_XDP, &data, FLOW, "kept, XDP");
	scene_expect(&scene, BENCH_INGRESS, &data, FLOW, "kept, TC");
	flush();
	scene_expect(&scene, BENCH_XDP, &data, VFG_REASON_DEFER, "left to TC, which can forget it");
	scene_expect(&scene, BENCH_INGRESS, &data, DENY, "judged again, TC");
	cr_assert(zero(sz, bench_flows(&scene.bench)), "and forgotten");
	scene_expect(&scene, BENCH_XDP, &data, DENY, "no flow any more, XDP");
}

Test(flow, answers_of_an_outdated_flow_pass_until_its_opener_is_judged)
{
	struct packet data = scene_tcp_in(VFG_IPV6, OUTSIDE_PORT, GUEST_PORT, ACK);
	struct packet answer = scene_tcp_out(VFG_IPV6, GUEST_PORT, OUTSIDE_PORT, ACK);

	PLAY(VFG_IPV6, HANDSHAKE);
	deny_all();
	flush();
	scene_expect(&scene, BENCH_EGRESS, &answer, FLOW, "answer before");
	scene_expect(&scene, BENCH_INGRESS, &data, DENY, "opener");
	scene_expect(&scene, BENCH_EGRESS, &answer, DENY, "answer after");
}

Test(flow, answers_do_not_renew_an_outdated_flow)
{
	struct packet in = scene_udp_in(VFG_IPV4, 5000, 514);
	struct packet out = scene_udp_out(VFG_IPV4, 514, 5000);

	scene_expect(&scene, BENCH_INGRESS, &in, ALLOW, "question");
	flush();
	bench_age(&scene.bench, BENCH_TIMEOUT_UDP / 2);
	scene_expect(&scene, BENCH_EGRESS, &out, FLOW, "answer at half time");
	bench_age(&scene.bench, BENCH_TIMEOUT_UDP / 2 + 100000);
	scene_expect(&scene, BENCH_EGRESS, &out, DENY, "answer after the whole time");
}

Test(flow, a_flow_judged_again_and_allowed_goes_on)
{
	struct packet data = scene_tcp_in(VFG_IPV4, OUTSIDE_PORT, GUEST_PORT, ACK);

	PLAY(VFG_IPV4, HANDSHAKE);
	flush();
	scene_expect(&scene, BENCH_INGRESS, &data, ALLOW, "judged again");
	cr_assert(eq(int, (int)bench_state(&scene.bench), VFG_FLOW_ESTABLISHED), "as it was");
	cr_assert(eq(sz, bench_flows(&scene.bench), 1));
	scene_expect(&scene, BENCH_INGRESS, &data, FLOW, "under the new generation");
}
