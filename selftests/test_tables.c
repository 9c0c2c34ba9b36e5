/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts by the tables: which rule is named, stage by stage, and which packets a rule meets.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <string.h>

#include "sample.h"

struct row {
	const char *what;
	struct vfg_sample_packet packet;
	bool allow;
	const char *rule;
	const char *list;
};

static void check_rows(struct vfg_sample *sample, const struct row *rows, size_t count)
{
	cr_assert(zero(int, vfg_sample_compile(sample)));
	for (size_t i = 0; i < count; i++) {
		struct vfg_tuple tuple = vfg_sample_tuple(&rows[i].packet);
		struct vfg_verdict verdict = vfg_tables_judge(&sample->tables, &tuple);

		cr_expect(eq(int, verdict.allow, rows[i].allow), "%s", rows[i].what);
		cr_expect(eq(str, (char *)verdict.rule, (char *)rows[i].rule), "%s", rows[i].what);
		cr_expect(eq(str, (char *)verdict.list, (char *)rows[i].list), "%s", rows[i].what);
	}
	vfg_arena_free(sample->arena);
}

#define CHECK_ROWS(sample, rows) check_rows(sample, rows, sizeof(rows) / sizeof((rows)[0]))

Test(tables, an_allow_names_the_last_stage_and_a_deny_its_own)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *subnet = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_SUBNET, "subnet");
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	static const struct row rows[] = {
		{"both allow",
		 {VFG_INBOUND, 6, "10.0.0.1", 22, "192.0.2.1", 4000},
		 true,
		 "n22",
		 "nic"},
		{"subnet denies",
		 {VFG_INBOUND, 6, "10.0.0.1", 23, "192.0.2.1", 4000},
		 false,
		 "sDeny",
		 "subnet"},
		{"nic denies",
		 {VFG_INBOUND, 6, "10.0.0.1", 80, "192.0.2.1", 4000},
		 false,
		 "nDeny",
		 "nic"},
		{"no list in this direction",
		 {VFG_OUTBOUND, 6, "10.0.0.1", 80, "192.0.2.1", 4000},
		 false,
		 "",
		 ""},
	};

	vfg_sample_rule(subnet, "s22", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 22, 22);
	vfg_sample_rule(subnet, "s80", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 80, 80);
	vfg_sample_rule(subnet, "sDeny", VFG_ACTION_DENY);
	vfg_sample_rule(nic, "n22", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 22, 22);
	vfg_sample_rule(nic, "nDeny", VFG_ACTION_DENY);
	CHECK_ROWS(&sample, rows);
}

Test(tables, admin_rules_go_on_or_end_the_walk)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *admin = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_ADMIN, "admin");
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	static const struct row rows[] = {
		{"allow goes on",
		 {VFG_INBOUND, 6, "10.0.0.1", 1, "192.0.2.1", 9},
		 false,
		 "nDeny",
		 "nic"},
		{"always allow ends",
		 {VFG_INBOUND, 6, "10.0.0.1", 2, "192.0.2.1", 9},
		 true,
		 "aAlways",
		 "admin"},
		{"deny ends",
		 {VFG_INBOUND, 6, "10.0.0.1", 3, "192.0.2.1", 9},
		 false,
		 "aDeny",
		 "admin"},
		{"no match goes on",
		 {VFG_INBOUND, 6, "10.0.0.1", 4, "192.0.2.1", 9},
		 true,
		 "n4",
		 "nic"},
		{"a silent NSG denies",
		 {VFG_INBOUND, 17, "10.0.0.1", 1, "192.0.2.1", 9},
		 false,
		 "",
		 ""},
	};

	vfg_sample_rule(admin, "aAllow", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 1, 1);
	vfg_sample_rule(admin, "aAlways", VFG_ACTION_ALWAYS_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 2, 2);
	vfg_sample_rule(admin, "aDeny", VFG_ACTION_DENY)->destination_ports =
		vfg_sample_ports(&sample, 3, 3);
	vfg_sample_rule(nic, "n4", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 4, 4);
	vfg_sample_rule(nic, "nDeny", VFG_ACTION_DENY)->protocol = IPPROTO_TCP;
	CHECK_ROWS(&sample, rows);
}

Test(tables, ports_are_those_of_the_direction)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_list *out = vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_NIC, "nic");
	static const struct row rows[] = {
		{"in, hit", {VFG_INBOUND, 17, "10.0.0.1", 53, "192.0.2.1", 99}, true, "in", "nic"},
		{"in, source port",
		 {VFG_INBOUND, 17, "10.0.0.1", 53, "192.0.2.1", 98},
		 false,
		 "inDeny",
		 "nic"},
		{"in, swapped",
		 {VFG_INBOUND, 17, "10.0.0.1", 99, "192.0.2.1", 53},
		 false,
		 "inDeny",
		 "nic"},
		{"out, hit",
		 {VFG_OUTBOUND, 17, "10.0.0.1", 99, "192.0.2.1", 53},
		 true,
		 "out",
		 "nic"},
		{"out, swapped",
		 {VFG_OUTBOUND, 17, "10.0.0.1", 53, "192.0.2.1", 99},
		 false,
		 "outDeny",
		 "nic"},
		{"out, no UDP",
		 {VFG_OUTBOUND, 6, "10.0.0.1", 99, "192.0.2.1", 53},
		 false,
		 "outDeny",
		 "nic"},
	};
	struct vfg_model_rule *rule;

	rule = vfg_sample_rule(in, "in", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_UDP;
	rule->source_ports = vfg_sample_ports(&sample, 99, 99);
	rule->destination_ports = vfg_sample_ports(&sample, 53, 53);
	vfg_sample_rule(in, "inDeny", VFG_ACTION_DENY);
	rule = vfg_sample_rule(out, "out", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_UDP;
	rule->source_ports = vfg_sample_ports(&sample, 99, 99);
	rule->destination_ports = vfg_sample_ports(&sample, 53, 53);
	vfg_sample_rule(out, "outDeny", VFG_ACTION_DENY);
	CHECK_ROWS(&sample, rows);
}

Test(tables, protocols_without_ports_meet_only_rules_without_ports)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	static const struct row rows[] = {
		{"ESP ignores ports",
		 {VFG_INBOUND, 50, "10.0.0.1", 0, "192.0.2.1", 0},
		 true,
		 "esp",
		 "nic"},
		{"ICMP", {VFG_INBOUND, 1, "10.0.0.1", 0, "192.0.2.1", 0}, true, "icmp", "nic"},
		{"ICMP rules are IPv4's",
		 {VFG_INBOUND, 1, "2001:db8::1", 0, "2001:db8::2", 0},
		 false,
		 "deny",
		 "nic"},
		{"ICMPv6 is not ICMP",
		 {VFG_INBOUND, 58, "2001:db8::1", 0, "2001:db8::2", 0},
		 false,
		 "deny",
		 "nic"},
		{"* with ports is not GRE",
		 {VFG_INBOUND, 47, "10.0.0.1", 0, "192.0.2.1", 0},
		 false,
		 "deny",
		 "nic"},
		{"* with ports is TCP",
		 {VFG_INBOUND, 6, "10.0.0.1", 80, "192.0.2.1", 1},
		 true,
		 "any",
		 "nic"},
		{"* with ports is UDP",
		 {VFG_INBOUND, 17, "10.0.0.1", 80, "192.0.2.1", 1},
		 true,
		 "any",
		 "nic"},
		{"AH is not ESP",
		 {VFG_INBOUND, 51, "10.0.0.1", 0, "192.0.2.1", 0},
		 false,
		 "deny",
		 "nic"},
	};
	struct vfg_model_rule *rule;

	rule = vfg_sample_rule(nic, "esp", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_ESP;
	rule->destination_ports = vfg_sample_ports(&sample, 500, 500);
	rule->source_ports = vfg_sample_ports(&sample, 500, 500);
	vfg_sample_rule(nic, "icmp", VFG_ACTION_ALLOW)->protocol = IPPROTO_ICMP;
	vfg_sample_rule(nic, "any", VFG_ACTION_ALLOW)->destination_ports =
		vfg_sample_ports(&sample, 80, 80);
	vfg_sample_rule(nic, "deny", VFG_ACTION_DENY);
	CHECK_ROWS(&sample, rows);
}

Test(tables, prefixes_end_where_they_end)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	static const struct row rows[] = {
		{"first", {VFG_INBOUND, 6, "10.0.0.1", 1, "192.0.2.64", 1}, true, "v4", "nic"},
		{"last", {VFG_INBOUND, 6, "10.0.0.1", 1, "192.0.2.95", 1}, true, "v4", "nic"},
		{"before", {VFG_INBOUND, 6, "10.0.0.1", 1, "192.0.2.63", 1}, false, "deny", "nic"},
		{"behind", {VFG_INBOUND, 6, "10.0.0.1", 1, "192.0.2.96", 1}, false, "deny", "nic"},
		{"end of the space",
		 {VFG_INBOUND, 6, "10.0.0.1", 1, "255.255.255.255", 1},
		 true,
		 "v4",
		 "nic"},
		{"/127", {VFG_INBOUND, 6, "2001:db8::1", 1, "2001:db8::f:3", 1}, true, "v6", "nic"},
		{"behind the /127",
		 {VFG_INBOUND, 6, "2001:db8::1", 1, "2001:db8::f:4", 1},
		 false,
		 "deny",
		 "nic"},
		{"same low half, other /64",
		 {VFG_INBOUND, 6, "2001:db8::1", 1, "2001:db8:0:1::f:3", 1},
		 false,
		 "deny",
		 "nic"},
	};

	vfg_sample_rule(nic, "v4", VFG_ACTION_ALLOW)->source =
		vfg_sample_set(&sample, "192.0.2.64/27 255.255.255.255/32");
	vfg_sample_rule(nic, "v6", VFG_ACTION_ALLOW)->source =
		vfg_sample_set(&sample, "2001:db8::f:2/127");
	vfg_sample_rule(nic, "deny", VFG_ACTION_DENY);
	CHECK_ROWS(&sample, rows);
}

Test(tables, rules_and_texts_are_found_by_number_and_nothing_beyond)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	const struct vfg_rule_info *info;
	uint8_t *beyond;

	vfg_sample_rule(nic, "first", VFG_ACTION_ALLOW);
	vfg_sample_rule(nic, "second", VFG_ACTION_DENY);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	info = vfg_tables_rule(&sample.tables, 1);
	cr_assert(ne(ptr, (void *)info, NULL));
	cr_expect(eq(str, (char *)vfg_tables_text(&sample.tables, info->name_offset), "second"));
	cr_expect(eq(u16, info->priority, 101));
	cr_expect(eq(u8, info->stage, VFG_STAGE_NIC));
	cr_expect(eq(ptr, (void *)vfg_tables_rule(&sample.tables, 2), NULL));
	beyond = (uint8_t *)sample.image + VFG_IMAGE_HEADER_BYTES +
		 sample.tables.policy->rule_info + 64 * sizeof(*info);
	memcpy(beyond, info, sizeof(*info));
	cr_expect(eq(ptr, (void *)vfg_tables_rule(&sample.tables, 64), NULL));
	cr_expect(eq(ptr, (void *)vfg_tables_rule(&sample.tables, VFG_RULE_NONE), NULL));
	cr_expect(eq(str, (char *)vfg_tables_text(&sample.tables, 0), ""));
	cr_expect(eq(str, (char *)vfg_tables_text(&sample.tables, 0xffffffff), ""));
	vfg_arena_free(sample.arena);
}

Test(tables, a_policy_without_rules_denies_everything)
{
	struct vfg_sample sample = vfg_sample_new();
	static const struct row rows[] = {
		{"in", {VFG_INBOUND, 6, "10.0.0.1", 22, "192.0.2.1", 1}, false, "", ""},
		{"out", {VFG_OUTBOUND, 58, "2001:db8::1", 0, "2001:db8::2", 0}, false, "", ""},
	};

	CHECK_ROWS(&sample, rows);
}
