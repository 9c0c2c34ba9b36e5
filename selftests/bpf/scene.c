/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench with a policy.
 */
#include "scene.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <string.h>

enum {
	ESP = 50,
	ICMP6 = 58,
	NO_NEXT = 59,
};

static const char *const reason_names[] = {
#define NAME(name, text, meaning) [VFG_REASON_##name] = text,
	VFG_REASONS(NAME)
#undef NAME
};

static const char *name_reason(int reason)
{
	return reason == BENCH_NO_REASON ? "no single counter" : reason_names[reason];
}

static struct vfg_model_rule *allow(struct vfg_list *list, const char *name, uint16_t protocol)
{
	struct vfg_model_rule *rule = vfg_sample_rule(list, name, VFG_ACTION_ALLOW);

	rule->protocol = protocol;
	return rule;
}

static void add_rules(struct vfg_sample *sample)
{
	struct vfg_list *in = vfg_sample_list(sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_list *out = vfg_sample_list(sample, VFG_OUTBOUND, VFG_STAGE_NIC, "nic");

	allow(in, "AllowSsh", IPPROTO_TCP)->destination_ports = vfg_sample_ports(sample, 22, 22);
	allow(in, "AllowFromDns", IPPROTO_UDP)->source_ports = vfg_sample_ports(sample, 53, 53);
	allow(in, "AllowSyslog", IPPROTO_UDP)->destination_ports =
		vfg_sample_ports(sample, 514, 514);
	allow(in, "AllowPing", IPPROTO_ICMP);
	allow(in, "AllowPing6", ICMP6);
	allow(in, "AllowEsp", ESP);
	allow(in, "AllowNone", NO_NEXT)->source = vfg_sample_set(sample, "198.51.100.0/24");
	allow(in, "AllowNone6", NO_NEXT)->source = vfg_sample_set(sample, "2001:db8:2::/48");
	vfg_sample_rule(in, "DenyIn", VFG_ACTION_DENY);

	allow(out, "AllowWeb", IPPROTO_TCP)->destination_ports = vfg_sample_ports(sample, 443, 443);
	allow(out, "AllowSyslogOut", IPPROTO_UDP)->destination_ports =
		vfg_sample_ports(sample, 514, 514);
	allow(out, "AllowPingOut", IPPROTO_ICMP);
	allow(out, "AllowPing6Out", ICMP6);
	vfg_sample_rule(out, "DenyOut", VFG_ACTION_DENY);
}

void scene_open(struct scene *scene, uint32_t buckets, uint32_t answer_ifindex)
{
	scene->sample = vfg_sample_new();
	add_rules(&scene->sample);
	cr_assert(zero(int, vfg_sample_compile(&scene->sample)));
	bench_open(&scene->bench, buckets, answer_ifindex);
	bench_policy(&scene->bench, &scene->sample.tables);
}

void scene_close(struct scene *scene)
{
	bench_close(&scene->bench);
	vfg_arena_free(scene->sample.arena);
}

uint32_t scene_rule(const struct scene *scene, const char *name)
{
	const struct vfg_tables *tables = &scene->sample.tables;

	for (uint32_t i = 0; i < tables->policy->words * 64; i++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, i);

		if (info && !strcmp(vfg_tables_text(tables, info->name_offset), name))
			return i;
	}
	cr_fatal("no rule %s", name);
	return VFG_RULE_NONE;
}

void scene_expect(struct scene *scene, enum bench_program program, const struct packet *packet,
		  enum vfg_reason reason, const char *what)
{
	struct bench_result result = bench_run(&scene->bench, program, packet);
	bool pass = !vfg_reason_drops(reason);

	cr_assert(eq(int, result.pass, pass), "%s: passed %d", what, result.pass);
	cr_assert(eq(int, result.reason, (int)reason), "%s: %s instead of %s", what,
		  name_reason(result.reason), name_reason((int)reason));
}

void scene_begin_in(struct packet *packet, enum vfg_family family)
{
	packet_begin(packet);
	packet_ip(packet, family == VFG_IPV4 ? OUTSIDE : OUTSIDE6,
		  family == VFG_IPV4 ? GUEST : GUEST6);
}

void scene_begin_out(struct packet *packet, enum vfg_family family)
{
	packet_begin(packet);
	packet_ip(packet, family == VFG_IPV4 ? GUEST : GUEST6,
		  family == VFG_IPV4 ? OUTSIDE : OUTSIDE6);
}

struct packet scene_tcp_in(enum vfg_family family, uint16_t outside, uint16_t guest, uint8_t flags)
{
	struct packet packet;

	scene_begin_in(&packet, family);
	packet_tcp(&packet, outside, guest, flags);
	packet_finish(&packet);
	return packet;
}

struct packet scene_tcp_out(enum vfg_family family, uint16_t guest, uint16_t outside, uint8_t flags)
{
	struct packet packet;

	scene_begin_out(&packet, family);
	packet_tcp(&packet, guest, outside, flags);
	packet_finish(&packet);
	return packet;
}

struct packet scene_udp_in(enum vfg_family family, uint16_t outside, uint16_t guest)
{
	struct packet packet;

	scene_begin_in(&packet, family);
	packet_udp(&packet, outside, guest);
	packet_finish(&packet);
	return packet;
}

struct packet scene_udp_out(enum vfg_family family, uint16_t guest, uint16_t outside)
{
	struct packet packet;

	scene_begin_out(&packet, family);
	packet_udp(&packet, guest, outside);
	packet_finish(&packet);
	return packet;
}
