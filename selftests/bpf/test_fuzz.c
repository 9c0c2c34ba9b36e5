/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that were built right and then damaged at random, through the real programs: each gets
 * exactly one declared reason, XDP drops nothing that TC would let through, and where a reader of
 * our own finds a plain packet left, the oracle agrees. VFG_SEED=N repeats one run.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdlib.h>
#include <string.h>

#include "../generate.h"
#include "scene.h"
#include "shrink.h"

enum {
	FIRST_SEED = 20130912,
	PACKETS = 30000,
	DAMAGE_MAX = 4,
	HEADER_BYTES = 90, /* where damage matters */
	FRAME_MIN = 15,
	SKB_MIN = 54, /* a shorter frame makes no test packet for TC: its IP header is not whole */
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

TestSuite(fuzz, .init = open_scene, .fini = close_scene, .timeout = 300);

static uint16_t random_port(struct vfg_random *random)
{
	static const uint16_t known[] = {22, 53, 514, 443, 40000};
	uint32_t i = vfg_random_below(random, 8);

	return i < 5 ? known[i] : (uint16_t)vfg_random_next(random);
}

static void add_transport(struct packet *packet, struct vfg_random *random)
{
	uint16_t source = random_port(random), destination = random_port(random);

	switch (vfg_random_below(random, 6)) {
	case 0:
	case 1:
		packet_tcp(packet, source, destination, (uint8_t)vfg_random_next(random));
		break;
	case 2:
	case 3:
		packet_udp(packet, source, destination);
		break;
	case 4:
		packet_icmp(packet, (uint8_t)vfg_random_next(random), 0, source);
		break;
	default:
		packet_protocol(packet, 50);
	}
}

static void build(struct packet *packet, struct vfg_random *random)
{
	enum vfg_family family = vfg_random_below(random, 2);
	bool fragment = !vfg_random_below(random, 8), plain = vfg_random_below(random, 2);

	packet_begin(packet);
	if (!plain && !vfg_random_below(random, 3))
		packet_vlan(packet, vfg_random_below(random, 2) ? ETH_P_8021Q : ETH_P_8021AD, 7);
	packet_ip(packet, family == VFG_IPV4 ? OUTSIDE : OUTSIDE6,
		  family == VFG_IPV4 ? GUEST : GUEST6);
	if (!plain && family == VFG_IPV4 && vfg_random_below(random, 2))
		packet_ipv4_options(packet, vfg_random_below(random, 11));
	if (!plain && family == VFG_IPV6 && vfg_random_below(random, 2))
		packet_extension(packet, IPPROTO_DSTOPTS, (uint8_t)vfg_random_below(random, 3));
	if (fragment)
		packet_fragment(packet, (uint32_t)vfg_random_next(random),
				(uint16_t)vfg_random_below(random, 3), vfg_random_below(random, 2));
	add_transport(packet, random);
	packet_data(packet, vfg_random_below(random, 40));
	packet_finish(packet);
}

static void damage(struct packet *packet, struct vfg_random *random)
{
	uint32_t times = vfg_random_below(random, DAMAGE_MAX + 1);

	for (uint32_t i = 0; i < times; i++) {
		size_t reach = packet->length < HEADER_BYTES ? packet->length : HEADER_BYTES;
		size_t at = vfg_random_below(random, (uint32_t)reach);

		if (vfg_random_below(random, 6))
			packet->bytes[at] ^= (uint8_t)(1u << vfg_random_below(random, 8));
		else
			packet->length = at < FRAME_MIN ? FRAME_MIN : at;
	}
}

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Ports, where the transport header is all there. Return: is the packet plain so far? */
static bool read_transport(const uint8_t *at, size_t bytes, struct vfg_tuple *tuple)
{
	if (tuple->protocol == IPPROTO_TCP) {
		if (bytes < 20 || at[12] >> 4 < 5 || (size_t)(at[12] >> 4) * 4 > bytes)
			return false;
	} else if (tuple->protocol == IPPROTO_UDP) {
		if (bytes < 8)
			return false;
	} else {
		return tuple->protocol != IPPROTO_ICMP && tuple->protocol != IPPROTO_ICMPV6;
	}
	tuple->remote_port = be16(at);
	tuple->local_port = be16(at + 2);
	return true;
}

/* A whole inbound packet without VLAN tags, extension headers and ICMP, read in the plainest way.
 */
static bool read_plain(const uint8_t *frame, size_t length, struct vfg_tuple *ret_tuple)
{
	struct vfg_tuple tuple = {.direction = VFG_INBOUND};
	const uint8_t *ip = frame + 14;
	size_t header = 40, bytes;

	if (length >= 34 && be16(frame + 12) == ETH_P_IP && ip[0] >> 4 == 4) {
		tuple.family = VFG_IPV4;
		tuple.protocol = ip[9];
		header = (size_t)(ip[0] & 15) * 4;
		bytes = be16(ip + 2);
		if (header < 20 || bytes < header || (be16(ip + 6) & 0x3fff))
			return false;
		memcpy(tuple.remote, ip + 12, 4);
		memcpy(tuple.local, ip + 16, 4);
	} else if (length >= 54 && be16(frame + 12) == ETH_P_IPV6 && ip[0] >> 4 == 6) {
		tuple.family = VFG_IPV6;
		tuple.protocol = ip[6];
		bytes = header + be16(ip + 4);
		if (memchr((const uint8_t[]){0, 43, 44, 60}, tuple.protocol, 4))
			return false;
		memcpy(tuple.remote, ip + 8, 16);
		memcpy(tuple.local, ip + 24, 16);
	} else {
		return false;
	}
	if (14 + bytes > length || !read_transport(ip + header, bytes - header, &tuple))
		return false;
	*ret_tuple = tuple;
	return true;
}

static enum vfg_reason expected_reason(const struct vfg_verdict *verdict)
{
	if (verdict->allow)
		return VFG_REASON_RULE_ALLOW;
	return verdict->rule[0] ? VFG_REASON_RULE_DENY : VFG_REASON_NO_RULE;
}

static bool is_declared(int reason)
{
	return reason >= 0 && reason < VFG_REASON_MAX;
}

Test(fuzz, damaged_packets_get_one_declared_verdict_and_the_oracle_agrees)
{
	const char *text = getenv("VFG_SEED");
	struct vfg_random random = {.state = text ? strtoull(text, NULL, 0) : FIRST_SEED};
	size_t packets = shrink("packets", PACKETS), judged = 0, dropped = 0, allowed = 0;

	for (size_t i = 0; i < packets; i++) {
		struct bench_result xdp, tc;
		struct vfg_verdict oracle;
		struct vfg_tuple tuple;
		struct packet packet;

		build(&packet, &random);
		damage(&packet, &random);
		bench_clear_flows(&scene.bench);
		xdp = bench_run(&scene.bench, BENCH_XDP, &packet);
		tc = packet.length < SKB_MIN ? xdp
					     : bench_run(&scene.bench, BENCH_INGRESS, &packet);
		cr_assert(is_declared(xdp.reason) && is_declared(tc.reason), "packet %zu: %d, %d",
			  i, xdp.reason, tc.reason);
		cr_assert_eq(xdp.pass, !vfg_reason_drops((uint32_t)xdp.reason), "packet %zu", i);
		cr_assert_eq(tc.pass, !vfg_reason_drops((uint32_t)tc.reason), "packet %zu", i);
		cr_assert(xdp.pass || !tc.pass, "packet %zu: XDP drops (%d) what TC lets through",
			  i, xdp.reason);
		dropped += !tc.pass;
		if (!read_plain(packet.bytes, packet.length, &tuple))
			continue;
		oracle = vfg_model_judge(&scene.sample.model, &tuple);
		judged++;
		allowed += oracle.allow;
		cr_assert_eq(tc.reason, (int)expected_reason(&oracle), "packet %zu: TC %d, %s", i,
			     tc.reason, oracle.rule);
		cr_assert_eq(xdp.reason, tc.reason, "packet %zu: XDP %d", i, xdp.reason);
	}
	cr_assert(gt(sz, judged, packets / 4));
	cr_assert(gt(sz, allowed, judged / 20));
	cr_assert(gt(sz, dropped, packets / 4));
	cr_assert(lt(sz, dropped, packets - packets / 20));
}
