/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets too broken to judge: each was built right, then broken in one place. One row a packet;
 * XDP and TC drop it for the same reason.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include "scene.h"

enum { DESTINATION = 60 };

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(malformed, .init = open_scene, .fini = close_scene);

struct row {
	const char *name;
	void (*build)(struct packet *packet);
	enum vfg_reason reason;
};

static void ssh4(struct packet *packet)
{
	*packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
}

static void ssh6(struct packet *packet)
{
	*packet = scene_tcp_in(VFG_IPV6, 40000, 22, PACKET_SYN);
}

static void options_ssh(struct packet *packet)
{
	packet_begin(packet);
	packet_ip(packet, OUTSIDE, GUEST);
	packet_ipv4_options(packet, 10);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
}

static void cut_tag(struct packet *packet)
{
	packet_begin(packet);
	packet_vlan(packet, ETH_P_8021Q, 100);
	packet_finish(packet);
	packet_cut(packet, 2);
}

/* The TCP header is there, but only as padding: the packet ends before it. */
static void header_in_padding(struct packet *packet)
{
	packet_begin(packet);
	packet_ip(packet, OUTSIDE, GUEST);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
	packet_break_length(packet, 0, 24);
}

static void header_in_padding6(struct packet *packet)
{
	ssh6(packet);
	packet_break_length(packet, 0, 8);
}

static void length_beyond_frame(struct packet *packet)
{
	ssh4(packet);
	packet_break_length(packet, 0, 41);
}

static void length_beyond_frame6(struct packet *packet)
{
	ssh6(packet);
	packet_break_length(packet, 0, 21);
}

static void length_below_header(struct packet *packet)
{
	ssh4(packet);
	packet_break_length(packet, 0, 19);
}

static void length_below_options(struct packet *packet)
{
	options_ssh(packet);
	packet_break_length(packet, 0, 59);
}

static void length_zero(struct packet *packet)
{
	ssh4(packet);
	packet_break_length(packet, 0, 0);
}

static void version_five(struct packet *packet)
{
	ssh4(packet);
	packet_break_version(packet, 5);
}

static void version_four_in_six(struct packet *packet)
{
	ssh6(packet);
	packet_break_version(packet, 4);
}

static void four_words(struct packet *packet)
{
	ssh4(packet);
	packet_break_ipv4_header(packet, 4);
}

static void header_beyond_packet(struct packet *packet)
{
	ssh4(packet);
	packet_break_ipv4_header(packet, 15);
}

/* In a VLAN: the kernel refuses test runs of a frame that is IP and too short for it. */
static void cut_ip(struct packet *packet, const char *source, const char *destination)
{
	packet_begin(packet);
	packet_vlan(packet, ETH_P_8021Q, 100);
	packet_ip(packet, source, destination);
	packet_finish(packet);
	packet_cut(packet, 1);
}

static void cut_ipv4(struct packet *packet)
{
	cut_ip(packet, OUTSIDE, GUEST);
}

static void cut_ipv6(struct packet *packet)
{
	cut_ip(packet, OUTSIDE6, GUEST6);
}

static void cut_tcp(struct packet *packet)
{
	ssh4(packet);
	packet_cut(packet, 1);
}

static void tcp_four_words(struct packet *packet)
{
	ssh4(packet);
	packet_break_tcp_header(packet, 4);
}

static void tcp_options_beyond(struct packet *packet)
{
	ssh6(packet);
	packet_break_tcp_header(packet, 6);
}

static void short_protocol(struct packet *packet, uint8_t protocol, uint16_t bytes)
{
	packet_begin(packet);
	packet_ip(packet, OUTSIDE, GUEST);
	packet_protocol(packet, protocol);
	packet_finish(packet);
	packet_break_length(packet, 0, (uint16_t)(20 + bytes));
}

static void short_udp(struct packet *packet)
{
	short_protocol(packet, IPPROTO_UDP, 7);
}

static void short_icmp(struct packet *packet)
{
	short_protocol(packet, IPPROTO_ICMP, 7);
}

static void chain_cut(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_extension(packet, DESTINATION, 0);
	packet_extension(packet, DESTINATION, 1);
	packet_finish(packet);
	packet_cut(packet, 1);
}

/* The last extension header says that it goes on, beyond the packet. */
static void chain_beyond_packet(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_extension(packet, DESTINATION, 4);
	packet_finish(packet);
	packet_break_length(packet, 0, 32);
}

static const struct row rows[] = {
	{"frame ends inside a VLAN tag", cut_tag, VFG_REASON_TRUNCATED},
	{"TCP header in the padding", header_in_padding, VFG_REASON_TRUNCATED},
	{"TCP header in the padding, IPv6", header_in_padding6, VFG_REASON_TRUNCATED},
	{"IPv4 length beyond the frame", length_beyond_frame, VFG_REASON_TRUNCATED},
	{"IPv6 length beyond the frame", length_beyond_frame6, VFG_REASON_TRUNCATED},
	{"IPv4 length below its header", length_below_header, VFG_REASON_BAD_HEADER},
	{"IPv4 length below its options", length_below_options, VFG_REASON_BAD_HEADER},
	{"IPv4 length zero", length_zero, VFG_REASON_BAD_HEADER},
	{"version 5", version_five, VFG_REASON_BAD_HEADER},
	{"version 4 in an IPv6 frame", version_four_in_six, VFG_REASON_BAD_HEADER},
	{"IPv4 header of 16 bytes", four_words, VFG_REASON_BAD_HEADER},
	{"IPv4 header longer than the packet", header_beyond_packet, VFG_REASON_BAD_HEADER},
	{"frame ends inside the IPv4 header", cut_ipv4, VFG_REASON_TRUNCATED},
	{"frame ends inside the IPv6 header", cut_ipv6, VFG_REASON_TRUNCATED},
	{"frame ends inside the TCP header", cut_tcp, VFG_REASON_TRUNCATED},
	{"TCP header of 16 bytes", tcp_four_words, VFG_REASON_BAD_HEADER},
	{"TCP options beyond the packet", tcp_options_beyond, VFG_REASON_TRUNCATED},
	{"UDP of 7 bytes", short_udp, VFG_REASON_TRUNCATED},
	{"ICMP of 7 bytes", short_icmp, VFG_REASON_TRUNCATED},
	{"packet ends inside the chain", chain_cut, VFG_REASON_TRUNCATED},
	{"extension header beyond the packet", chain_beyond_packet, VFG_REASON_TRUNCATED},
};

static void run_rows(enum bench_program program)
{
	struct packet packet;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rows[i].build(&packet);
		scene_expect(&scene, program, &packet, rows[i].reason, rows[i].name);
	}
}

Test(malformed, xdp_drops_each_for_its_reason)
{
	run_rows(BENCH_XDP);
}

Test(malformed, tc_drops_each_for_its_reason)
{
	run_rows(BENCH_INGRESS);
	cr_assert(zero(sz, bench_flows(&scene.bench)), "and none of them opens a flow");
}
