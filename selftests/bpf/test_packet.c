/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers: what the parser reads, and what passes whatever the rules say. One row a packet.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include "scene.h"

enum {
	NO_NEXT = 59,
	AH = 51,
	ESP = 50,
	HOP_BY_HOP = 0,
	ROUTING = 43,
	DESTINATION = 60,
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

TestSuite(packet, .init = open_scene, .fini = close_scene);

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

static void telnet4(struct packet *packet)
{
	*packet = scene_tcp_in(VFG_IPV4, 40000, 23, PACKET_SYN);
}

static void telnet6(struct packet *packet)
{
	*packet = scene_tcp_in(VFG_IPV6, 40000, 23, PACKET_SYN);
}

static void tagged(struct packet *packet, int tags)
{
	packet_begin(packet);
	for (int i = 0; i < tags; i++)
		packet_vlan(packet, i ? ETH_P_8021Q : ETH_P_8021AD, (uint16_t)(100 + i));
	packet_ip(packet, OUTSIDE, GUEST);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
}

static void one_tag(struct packet *packet)
{
	tagged(packet, 1);
}

static void two_tags(struct packet *packet)
{
	tagged(packet, 2);
}

static void three_tags(struct packet *packet)
{
	tagged(packet, 3);
}

static void tagged_telnet(struct packet *packet)
{
	packet_begin(packet);
	packet_vlan(packet, ETH_P_8021Q, 100);
	packet_ip(packet, OUTSIDE6, GUEST6);
	packet_tcp(packet, 40000, 23, PACKET_SYN);
	packet_finish(packet);
}

static void of_type(struct packet *packet, uint16_t type)
{
	packet_begin(packet);
	packet_type(packet, type);
	packet_data(packet, 46);
	packet_finish(packet);
}

static void arp(struct packet *packet)
{
	of_type(packet, ETH_P_ARP);
}

static void lacp(struct packet *packet)
{
	of_type(packet, ETH_P_SLOW);
}

static void lldp(struct packet *packet)
{
	of_type(packet, ETH_P_LLDP);
}

static void eapol(struct packet *packet)
{
	of_type(packet, ETH_P_PAE);
}

static void ipx(struct packet *packet)
{
	of_type(packet, ETH_P_IPX);
}

static void spanning_tree(struct packet *packet)
{
	of_type(packet, 46); /* an 802.3 length */
}

static void options_ssh(struct packet *packet)
{
	packet_begin(packet);
	packet_ip(packet, OUTSIDE, GUEST);
	packet_ipv4_options(packet, 10);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
}

static void options_telnet(struct packet *packet)
{
	packet_begin(packet);
	packet_ip(packet, OUTSIDE, GUEST);
	packet_ipv4_options(packet, 1);
	packet_tcp(packet, 40000, 23, PACKET_SYN);
	packet_finish(packet);
}

static void padded(struct packet *packet)
{
	ssh4(packet);
	packet_pad(packet, 6);
}

static void padded6(struct packet *packet)
{
	ssh6(packet);
	packet_pad(packet, 300);
}

static void esp(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV4);
	packet_protocol(packet, ESP);
	packet_finish(packet);
}

static void ah(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_protocol(packet, AH);
	packet_finish(packet);
}

static void chain(struct packet *packet, int extensions, uint16_t port)
{
	static const uint8_t kinds[] = {HOP_BY_HOP, DESTINATION, ROUTING};

	scene_begin_in(packet, VFG_IPV6);
	for (int i = 0; i < extensions; i++)
		packet_extension(packet, kinds[i % 3], (uint8_t)(i % 4));
	packet_tcp(packet, 40000, port, PACKET_SYN);
	packet_finish(packet);
}

static void chain_of_one(struct packet *packet)
{
	chain(packet, 1, 22);
}

static void chain_of_eight(struct packet *packet)
{
	chain(packet, 8, 22);
}

static void chain_of_eight_telnet(struct packet *packet)
{
	chain(packet, 8, 23);
}

static void chain_of_nine(struct packet *packet)
{
	chain(packet, 9, 22);
}

static void long_chain(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_extension(packet, DESTINATION, 200);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
}

static void no_next_header(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_extension(packet, DESTINATION, 0);
	packet_finish(packet); /* the extension's next header is 59 */
}

static void atomic_fragment(struct packet *packet)
{
	scene_begin_in(packet, VFG_IPV6);
	packet_fragment(packet, 0x1234, 0, false);
	packet_tcp(packet, 40000, 22, PACKET_SYN);
	packet_finish(packet);
}

static const struct row rows[] = {
	{"SSH over IPv4", ssh4, VFG_REASON_RULE_ALLOW},
	{"SSH over IPv6", ssh6, VFG_REASON_RULE_ALLOW},
	{"telnet over IPv4", telnet4, VFG_REASON_RULE_DENY},
	{"telnet over IPv6", telnet6, VFG_REASON_RULE_DENY},
	{"one VLAN tag", one_tag, VFG_REASON_RULE_ALLOW},
	{"QinQ", two_tags, VFG_REASON_RULE_ALLOW},
	{"three VLAN tags", three_tags, VFG_REASON_VLAN_DEPTH},
	{"telnet in a VLAN", tagged_telnet, VFG_REASON_RULE_DENY},
	{"ARP", arp, VFG_REASON_ARP},
	{"LACP", lacp, VFG_REASON_LINK_CONTROL},
	{"LLDP", lldp, VFG_REASON_LINK_CONTROL},
	{"EAPOL", eapol, VFG_REASON_LINK_CONTROL},
	{"IPX", ipx, VFG_REASON_NOT_IP},
	{"spanning tree", spanning_tree, VFG_REASON_NOT_IP},
	{"SSH with IPv4 options", options_ssh, VFG_REASON_RULE_ALLOW},
	{"telnet with IPv4 options", options_telnet, VFG_REASON_RULE_DENY},
	{"short frame padded", padded, VFG_REASON_RULE_ALLOW},
	{"IPv6 padded", padded6, VFG_REASON_RULE_ALLOW},
	{"ESP is an upper protocol", esp, VFG_REASON_RULE_ALLOW},
	{"AH is an upper protocol, and denied", ah, VFG_REASON_RULE_DENY},
	{"one extension header", chain_of_one, VFG_REASON_RULE_ALLOW},
	{"eight extension headers", chain_of_eight, VFG_REASON_RULE_ALLOW},
	{"telnet behind eight extension headers", chain_of_eight_telnet, VFG_REASON_RULE_DENY},
	{"nine extension headers", chain_of_nine, VFG_REASON_EXTENSION_CHAIN},
	{"extension header of 1,608 bytes", long_chain, VFG_REASON_RULE_ALLOW},
	{"no next header", no_next_header, VFG_REASON_RULE_ALLOW},
	{"atomic fragment is whole", atomic_fragment, VFG_REASON_RULE_ALLOW},
};

static void run_rows(enum bench_program program)
{
	struct packet packet;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* each packet is the first of its flow */
		bench_clear_flows(&scene.bench);
		rows[i].build(&packet);
		scene_expect(&scene, program, &packet, rows[i].reason, rows[i].name);
	}
}

Test(packet, xdp_reads_every_header)
{
	run_rows(BENCH_XDP);
	cr_assert(zero(sz, bench_flows(&scene.bench)), "XDP never writes flows");
}

Test(packet, tc_ingress_reads_every_header)
{
	run_rows(BENCH_INGRESS);
}

Test(packet, tc_egress_denies_what_only_inbound_rules_allow)
{
	struct packet packet = scene_tcp_out(VFG_IPV4, 40000, 22, PACKET_SYN);

	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_DENY, "ssh out");
	packet = scene_tcp_out(VFG_IPV6, 40000, 443, PACKET_SYN);
	scene_expect(&scene, BENCH_EGRESS, &packet, VFG_REASON_RULE_ALLOW, "web out");
}
