/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts and what is counted: stages in their order, policies that are missing or broken, and the
 * counters by reason, rule and device.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <string.h>

#include "scene.h"

enum {
	UNTESTED = 4000, /* a port that no rule tests */
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

TestSuite(verdict, .init = open_scene, .fini = close_scene);

/* ---- stages ---- */

/* A list of one rule about port 22, or about everything. */
struct stage_list {
	enum vfg_stage stage;
	enum vfg_action action;
	bool everything;
};

struct stage_row {
	const char *name;
	struct stage_list list[4];
	size_t lists;
	enum vfg_reason reason; /* of a packet to port 22 */
	uint32_t decides;	/* which list's rule; 4: none */
};

#define PLATFORM VFG_STAGE_PLATFORM
#define ADMIN	 VFG_STAGE_ADMIN
#define SUBNET	 VFG_STAGE_SUBNET
#define NIC	 VFG_STAGE_NIC
#define ALLOW	 VFG_ACTION_ALLOW
#define ALWAYS	 VFG_ACTION_ALWAYS_ALLOW
#define DENY	 VFG_ACTION_DENY

static const struct stage_row stage_rows[] = {
	{"NIC allows", {{NIC, ALLOW, true}}, 1, VFG_REASON_RULE_ALLOW, 0},
	{"both NSGs allow: the last one is named",
	 {{SUBNET, ALLOW, true}, {NIC, ALLOW, true}},
	 2,
	 VFG_REASON_RULE_ALLOW,
	 1},
	{"subnet denies", {{SUBNET, DENY, true}, {NIC, ALLOW, true}}, 2, VFG_REASON_RULE_DENY, 0},
	{"NIC denies", {{SUBNET, ALLOW, true}, {NIC, DENY, true}}, 2, VFG_REASON_RULE_DENY, 1},
	{"admin rule always allows",
	 {{ADMIN, ALWAYS, false}, {SUBNET, DENY, true}, {NIC, DENY, true}},
	 3,
	 VFG_REASON_RULE_ALLOW,
	 0},
	{"admin rule only allows",
	 {{ADMIN, ALLOW, false}, {NIC, DENY, true}},
	 2,
	 VFG_REASON_RULE_DENY,
	 1},
	{"admin rule denies",
	 {{ADMIN, DENY, false}, {NIC, ALLOW, true}},
	 2,
	 VFG_REASON_RULE_DENY,
	 0},
	{"platform before admin",
	 {{PLATFORM, ALWAYS, false}, {ADMIN, DENY, true}, {SUBNET, DENY, true}, {NIC, DENY, true}},
	 4,
	 VFG_REASON_RULE_ALLOW,
	 0},
};

/* A rule for another port stands first in each list, so that number 0 decides nothing. */
static void add_stage(struct vfg_sample *sample, const struct stage_list *list, const char *name)
{
	struct vfg_list *rules = vfg_sample_list(sample, VFG_INBOUND, list->stage, "list");
	struct vfg_model_rule *rule = vfg_sample_rule(rules, "Other", VFG_ACTION_DENY);

	rule->protocol = IPPROTO_TCP;
	rule->destination_ports = vfg_sample_ports(sample, UNTESTED, UNTESTED);
	rule = vfg_sample_rule(rules, name, list->action);
	if (list->everything)
		return;
	rule->protocol = IPPROTO_TCP;
	rule->destination_ports = vfg_sample_ports(sample, 22, 22);
}

Test(verdict, stages_judge_in_their_order)
{
	static const char *const names[] = {"First", "Second", "Third", "Fourth"};
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);

	for (size_t i = 0; i < sizeof(stage_rows) / sizeof(stage_rows[0]); i++) {
		const struct stage_row *row = &stage_rows[i];
		struct vfg_rule_count before, after;
		uint32_t rule;

		vfg_arena_free(scene.sample.arena);
		scene.sample = vfg_sample_new();
		for (size_t j = 0; j < row->lists; j++)
			add_stage(&scene.sample, &row->list[j], names[j]);
		cr_assert(zero(int, vfg_sample_compile(&scene.sample)));
		bench_policy(&scene.bench, &scene.sample.tables);
		bench_clear_flows(&scene.bench);
		rule = scene_rule(&scene, names[row->decides]);
		before = bench_rule(&scene.bench, rule);
		scene_expect(&scene, BENCH_INGRESS, &packet, row->reason, row->name);
		after = bench_rule(&scene.bench, rule);
		cr_assert(eq(u64, after.hits, before.hits + 1), "%s", row->name);
		bench_clear_flows(&scene.bench);
		scene_expect(&scene, BENCH_XDP, &packet, row->reason, row->name);
	}
}

Test(verdict, silence_passes_on_in_admin_rules_and_drops_in_an_nsg)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 23, PACKET_SYN);
	const struct stage_list admin = {ADMIN, ALWAYS, false}, nic = {NIC, ALLOW, true};
	const struct stage_list silent_subnet = {SUBNET, ALLOW, false};

	vfg_arena_free(scene.sample.arena);
	scene.sample = vfg_sample_new();
	add_stage(&scene.sample, &admin, "Admin");
	add_stage(&scene.sample, &nic, "Nic");
	cr_assert(zero(int, vfg_sample_compile(&scene.sample)));
	bench_policy(&scene.bench, &scene.sample.tables);
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, "silent admin rules");

	vfg_arena_free(scene.sample.arena);
	scene.sample = vfg_sample_new();
	add_stage(&scene.sample, &silent_subnet, "Subnet");
	add_stage(&scene.sample, &nic, "Nic");
	cr_assert(zero(int, vfg_sample_compile(&scene.sample)));
	bench_policy(&scene.bench, &scene.sample.tables);
	bench_clear_flows(&scene.bench);
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_NO_RULE, "silent subnet NSG, XDP");
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_NO_RULE, "silent subnet NSG, TC");
}

/* ---- no policy, or one that does not hold together ---- */

static void expect_no_policy(const char *what)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);

	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_NO_POLICY, what);
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_NO_POLICY, what);
}

Test(verdict, without_a_policy_everything_is_dropped)
{
	struct vfg_control control, none;

	bench_get_control(&scene.bench, &control);
	none = control;
	none.tick_hz = 0;
	bench_set_control(&scene.bench, &none);
	expect_no_policy("control not set up");
	bench_set_control(&scene.bench, &control);
	scene.bench.policy->magic++;
	expect_no_policy("foreign magic");
	scene.bench.policy->magic--;
	scene.bench.policy->abi++;
	expect_no_policy("foreign version");
	close_scene();
	bench_open(&scene.bench, SCENE_BUCKETS, BENCH_NO_IFINDEX);
	scene.sample = vfg_sample_new();
	expect_no_policy("never applied");
}

/* Each offset of the head, pointing beyond the arena. */
Test(verdict, a_policy_that_points_outside_itself_drops)
{
	struct vfg_policy *policy = scene.bench.policy;
	const uint32_t beyond = 0x40000000;
	uint32_t *const offset[] = {
		&policy->service_tcp,
		&policy->vectors[VFG_DIM_LOCAL],
		&policy->vectors[VFG_DIM_REMOTE],
		&policy->vectors[VFG_DIM_SERVICE],
		&policy->rules,
		&policy->trie[VFG_ROLE_LOCAL][VFG_IPV4],
		&policy->trie[VFG_ROLE_REMOTE][VFG_IPV4],
	};

	for (size_t i = 0; i < sizeof(offset) / sizeof(offset[0]); i++) {
		uint32_t good = *offset[i];

		/* a node far outside, and for the tries an entry of no kind */
		*offset[i] = i < 5 ? beyond : 0xbfffffff;
		expect_no_policy("node or table beyond the arena");
		*offset[i] = i < 5 ? beyond : 0xc0000000;
		expect_no_policy("no kind of entry");
		*offset[i] = good;
	}
}

/* ---- counters ---- */

Test(verdict, drops_count_by_reason_rule_and_device)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 23, PACKET_SYN);
	struct vfg_rule_count rule;
	struct vfg_path_count path;
	struct vfg_count reason;

	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "XDP");
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "XDP");
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_DENY, "TC");
	rule = bench_rule(&scene.bench, scene_rule(&scene, "DenyIn"));
	cr_assert(eq(u64, rule.hits, 3));
	cr_assert(eq(u64, rule.packets, 3));
	cr_assert(eq(u64, rule.bytes, 3 * packet.length));
	reason = bench_reason(&scene.bench, VFG_HOOK_XDP, VFG_REASON_RULE_DENY);
	cr_assert(eq(u64, reason.bytes, 2 * packet.length));
	path = bench_path(&scene.bench, 1 + BENCH_IFINDEX);
	cr_assert(eq(u64, path.judged[VFG_HOOK_XDP].packets, 2));
	cr_assert(eq(u64, path.judged[VFG_HOOK_TC_INGRESS].packets, 1));
	cr_assert(eq(u64, path.dropped[VFG_HOOK_XDP].bytes, 2 * packet.length));
	cr_assert(zero(u64, path.judged[VFG_HOOK_TC_EGRESS].packets));
}

Test(verdict, what_xdp_lets_through_counts_by_rule_once_in_tc)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);
	struct vfg_rule_count rule;
	struct vfg_path_count path;

	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_ALLOW, "XDP");
	rule = bench_rule(&scene.bench, scene_rule(&scene, "AllowSsh"));
	cr_assert(zero(u64, rule.packets));
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, "TC");
	rule = bench_rule(&scene.bench, scene_rule(&scene, "AllowSsh"));
	cr_assert(eq(u64, rule.hits, 1));
	cr_assert(eq(u64, rule.packets, 1));
	path = bench_path(&scene.bench, 1 + BENCH_IFINDEX);
	cr_assert(eq(u64, path.judged[VFG_HOOK_XDP].packets, 1), "judged at each hook");
	cr_assert(zero(u64, path.dropped[VFG_HOOK_XDP].packets));
}

/* Test runs come without the mark of the master's egress, as a bypasser does. */
Test(verdict, what_bypasses_the_master_is_judged_below_it_and_opens_its_flow)
{
	struct packet out = scene_tcp_out(VFG_IPV4, 40000, 443, PACKET_SYN);
	struct packet answer = scene_tcp_in(VFG_IPV4, 443, 40000, PACKET_SYN | PACKET_ACK);
	struct packet denied = scene_tcp_out(VFG_IPV4, 40000, 25, PACKET_SYN);
	struct vfg_path_count path;

	scene_expect(&scene, BENCH_BELOW, &denied, VFG_REASON_RULE_DENY, "denied");
	scene_expect(&scene, BENCH_BELOW, &out, VFG_REASON_RULE_ALLOW, "allowed");
	scene_expect(&scene, BENCH_XDP, &answer, VFG_REASON_FLOW, "its answer");
	path = bench_path(&scene.bench, 1 + BENCH_IFINDEX);
	cr_assert(eq(u64, path.judged[VFG_HOOK_TC_EGRESS_VF].packets, 2));
	cr_assert(eq(u64, path.dropped[VFG_HOOK_TC_EGRESS_VF].packets, 1));
	cr_assert(zero(u64, path.judged[VFG_HOOK_TC_EGRESS].packets));
}

Test(verdict, counters_go_by_the_id_that_the_loader_gave)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 23, PACKET_SYN);
	struct vfg_rule *rule =
		(struct vfg_rule *)((char *)scene.bench.policy + scene.bench.policy->rules);
	const uint32_t id = 4711;

	rule[scene_rule(&scene, "DenyIn")].id = id;
	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_DENY, "XDP");
	cr_assert(eq(u64, bench_rule(&scene.bench, id).hits, 1));
	cr_assert(zero(u64, bench_rule(&scene.bench, scene_rule(&scene, "DenyIn")).hits));
}
