/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Warnings: each is given where it should be, names who is to blame, and is never wrong.
 */
#include <criterion/criterion.h>
#include <linux/in.h>
#include <string.h>

#include "../policy-compiler/review.h"
#include "fixture.h"
#include "generate.h"

enum {
	SEEDS = 150,
	TINY_RULES = 7,
	EDGES = 4, /* per axis of the small world */
};

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, "VirtualNetwork=10.0.0.0/16");
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(review, .init = set_up, .fini = tear_down, .timeout = 60);

#define RULE(name, priority, access, what, from, to, dports)                                       \
	"{'name':'" name "','properties':{'priority':" #priority                                   \
	",'direction':'Inbound','access':'" access "','protocol':'" what                           \
	"','sourceAddressPrefix':'" from "','destinationAddressPrefix':'" to                       \
	"','sourcePortRange':'*','destinationPortRange':'" dports "'}}"

/* Rules; the warning wanted, the rule it is about and what it says; NULL: no warning at all. */
static const struct {
	const char *name;
	const char *rules;
	const char *code;
	const char *rule;
	const char *says;
} rows[] = {
	{"a copy",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
								 "22"),
	 "ShadowedRule", "b", "by a (priority 100), with the same access"},
	{"a narrower Allow behind a Deny",
	 RULE("a", 100, "Deny", "*", "10.0.0.0/8", "*", "*") "," RULE("b", 200, "Allow", "Tcp",
								      "10.1.0.0/16", "*", "22"),
	 "ShadowedRule", "b", "by a (priority 100), and denies what this rule would allow"},
	{"a narrower Deny behind an Allow",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "*") "," RULE("b", 200, "Deny", "Tcp",
								"203.0.113.0/24", "*", "22"),
	 "ShadowedRule", "b", "and allows what this rule would deny"},
	{"an exception in front",
	 RULE("a", 100, "Deny", "Tcp", "203.0.113.0/24", "*", "22") "," RULE("b", 200, "Allow",
									     "Tcp", "*", "*", "22"),
	 NULL, NULL, NULL},
	{"Deny all at the end",
	 RULE("a", 100, "Allow", "Tcp", "Internet", "*",
	      "443") "," RULE("b", 110, "Allow", "Tcp", "10.0.0.0/8", "*",
			      "22") "," RULE("c", 4096, "Deny", "*", "*", "*", "*"),
	 NULL, NULL, NULL},
	{"the user's Deny all hides defaults", RULE("a", 100, "Deny", "*", "*", "*", "*"), NULL,
	 NULL, NULL},
	{"two halves",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "*",
	      "22") "," RULE("b", 200, "Allow", "Tcp", "10.128.0.0/9", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200), with the same access"},
	{"two halves of opposite access",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "*",
	      "22") "," RULE("b", 200, "Deny", "Tcp", "10.128.0.0/9", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "*", "22"),
	 "ShadowedRule", "c", "and denies a part of what this rule would allow"},
	{"halves of ports, and one that is not needed",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "0-1023") "," RULE(
		 "u", 150, "Allow", "Tcp", "*", "*",
		 "80-2000") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
				     "1024-65535") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8",
							    "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200),"},
	{"halves of families",
	 RULE("a", 100, "Allow", "Tcp", "0.0.0.0/0", "*",
	      "22") "," RULE("b", 200, "Allow", "Tcp", "::/0", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "*", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200),"},
	{"corners that leave the middle open",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "10.0.0.0/9", "22") "," RULE(
		 "b", 200, "Allow", "Tcp", "10.128.0.0/9", "10.128.0.0/9",
		 "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "10.0.0.0/8", "22"),
	 NULL, NULL, NULL},
	{"IPv4 alone hides no rule for both families",
	 RULE("a", 100, "Allow", "Tcp", "0.0.0.0/0", "*", "22") "," RULE("c", 300, "Allow", "Tcp",
									 "*", "*", "22"),
	 NULL, NULL, NULL},
	{"Icmp of both families is that of IPv4",
	 RULE("a", 100, "Allow", "*", "0.0.0.0/0", "*", "*") "," RULE("c", 300, "Allow", "Icmp",
								      "*", "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"any protocol with a port is TCP and UDP",
	 RULE("a", 100, "Allow", "Tcp", "*", "*",
	      "53") "," RULE("b", 110, "Allow", "Udp", "*", "*",
			     "50-60") "," RULE("c", 300, "Allow", "*", "*", "*", "53"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 110)"},
	{"any protocol with a port hides no Icmp",
	 RULE("a", 100, "Allow", "*", "*", "*", "0-65534") "," RULE("c", 300, "Allow", "Icmp", "*",
								    "*", "*"),
	 NULL, NULL, NULL},
	{"ports of Icmp do not matter",
	 RULE("a", 100, "Allow", "Icmp", "*", "*", "7") "," RULE("c", 300, "Allow", "Icmp", "*",
								 "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"behind what is hidden itself, the one that decides is named",
	 RULE("a", 100, "Deny", "*", "10.0.0.0/8", "*",
	      "*") "," RULE("b", 110, "Deny", "*", "10.1.0.0/16", "*",
			    "*") "," RULE("c", 300, "Allow", "Tcp", "10.1.2.0/24", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"Icmp with IPv6", RULE("a", 100, "Allow", "Icmp", "2001:db8::/32", "*", "*"),
	 "RuleNeverMatches", "a", "IPv4 only"},
	{"families that do not meet",
	 RULE("a", 100, "Allow", "Tcp", "2001:db8::/32", "VirtualNetwork", "22"),
	 "RuleNeverMatches", "a", "no address family in common"},
	{"a rule that matches nothing hides nothing",
	 RULE("a", 100, "Deny", "*", "2001:db8::/32", "VirtualNetwork",
	      "*") "," RULE("b", 200, "Allow", "Tcp", "203.0.113.0/24", "*", "22"),
	 "RuleNeverMatches", "a", ""},
	{"an Allow across a later Deny",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Deny", "*",
								 "203.0.113.0/24", "*", "*"),
	 "OverlappingOppositeAccess", "b", "denies is allowed earlier, by a (priority 100)"},
	{"blocked addresses across later Allows",
	 RULE("a", 100, "Deny", "*", "203.0.113.0/24", "*",
	      "*") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
			    "22") "," RULE("c", 300, "Allow", "Tcp", "*", "*", "443"),
	 "OverlappingOppositeAccess", "a",
	 "allowed later, by b (priority 200) and c (priority 300)"},
	{"the same access across",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Allow", "*",
								 "203.0.113.0/24", "*", "*"),
	 NULL, NULL, NULL},
	{"neighbours",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Deny", "Tcp",
								 "203.0.113.0/24", "*", "23-30"),
	 NULL, NULL, NULL},
};

Test(review, each_oddity_is_told_once_with_the_rules_names)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct vfg_message *message;

		tear_down();
		set_up();
		fixture_add(&fixture, VFG_SOURCE_ANY,
			    vfg_arena_format(fixture.arena,
					     "{'name':'n','properties':{'securityRules':[%s]}}",
					     rows[i].rules));
		fixture_read(&fixture);
		cr_assert_eq(fixture.err, 0, "%s:%s", rows[i].name, fixture_messages(&fixture));
		message = fixture.diag.first;
		while (message && !strcmp(message->code, "PortsIgnored"))
			message = message->next;
		cr_expect_eq(message != NULL, rows[i].code != NULL, "%s:%s", rows[i].name,
			     fixture_messages(&fixture));
		if (!message || !rows[i].code)
			continue;
		while (message->next && strcmp(message->rule, rows[i].rule))
			message = message->next;
		cr_expect_null(message->next, "%s:%s", rows[i].name, fixture_messages(&fixture));
		cr_expect_str_eq(message->code, rows[i].code, "%s", rows[i].name);
		cr_expect_str_eq(message->rule, rows[i].rule, "%s", rows[i].name);
		cr_expect_str_eq(message->file, "n", "%s", rows[i].name);
		cr_expect(strstr(message->text, rows[i].says), "%s: %s", rows[i].name,
			  message->text);
	}
}

/* ---- a small world, in which all packets can be tried ---- */

/* On each axis EDGES stretches; a rule takes any of them but none. */
static const struct vfg_address_range stretch[VFG_FAMILY_MAX][EDGES] = {
	{{0, 99}, {100, 199}, {200, 299}, {300, UINT32_MAX}},
	{{0, 99}, {100, 199}, {200, 299}, {300, ~(vfg_u128)0}},
};

static const uint8_t packet_protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ESP, 99};

static const struct vfg_set *small_set(struct vfg_random *random)
{
	struct vfg_set *set = vfg_arena_alloc(fixture.arena, sizeof(*set));

	cr_assert(set);
	set->any = !vfg_random_below(random, 4);
	for (int family = 0; family < VFG_FAMILY_MAX && !set->any; family++) {
		struct vfg_address_range range[EDGES];
		uint32_t bits = vfg_random_below(random, 1 << EDGES);
		struct vfg_set *half;
		size_t count = 0;

		for (int i = 0; i < EDGES; i++) {
			if (bits & 1u << i)
				range[count++] = stretch[family][i];
		}
		half = vfg_generate_set(fixture.arena, family, range, count);
		cr_assert(half);
		set->count[family] = half->count[family];
		set->range[family] = half->range[family];
	}
	return set;
}

static struct vfg_ports small_ports(struct vfg_random *random)
{
	const struct vfg_set *set = small_set(random);
	struct vfg_port_range *range =
		vfg_arena_array(fixture.arena, set->count[VFG_IPV4] + 1, sizeof(*range));

	cr_assert(range);
	range[0] = (struct vfg_port_range){0, 65535};
	for (size_t i = 0; i < set->count[VFG_IPV4]; i++) {
		struct vfg_address_range stretched = set->range[VFG_IPV4][i];

		range[i].first = (uint16_t)stretched.first;
		range[i].last = stretched.last > 65535 ? 65535 : (uint16_t)stretched.last;
	}
	return (struct vfg_ports){set->count[VFG_IPV4] ? set->count[VFG_IPV4] : 1, range};
}

static void small_model(struct vfg_random *random, struct vfg_list *list, struct vfg_model *model)
{
	static const uint16_t protocols[] = {VFG_PROTOCOL_ANY, VFG_PROTOCOL_ANY, IPPROTO_TCP,
					     IPPROTO_TCP,      IPPROTO_UDP,	 IPPROTO_ICMP,
					     IPPROTO_ESP};

	*list = (struct vfg_list){.name = "small", .stage = VFG_STAGE_NIC, .count = TINY_RULES};
	list->rule = vfg_arena_array(fixture.arena, list->count, sizeof(*list->rule));
	cr_assert(list->rule);
	for (size_t i = 0; i < list->count; i++) {
		list->rule[i] = (struct vfg_model_rule){
			.name = vfg_arena_format(fixture.arena, "securityRules/R%zu", i),
			.priority = (uint16_t)(100 + i),
			.protocol = protocols[vfg_random_below(random, 7)],
			.action = (uint8_t)vfg_random_below(random, 2),
			.source = small_set(random),
			.destination = small_set(random),
			.source_ports = small_ports(random),
			.destination_ports = small_ports(random),
		};
	}
	*model = (struct vfg_model){0};
	model->pipeline[VFG_INBOUND] = (struct vfg_pipeline){1, {list}};
}

/* Packet @number of the small world; false behind the last. */
static bool small_packet(size_t number, struct vfg_tuple *ret_tuple)
{
	struct vfg_tuple tuple = {.direction = VFG_INBOUND};
	uint32_t value[4];

	for (int i = 0; i < 4; i++, number /= EDGES)
		value[i] = (uint32_t)stretch[VFG_IPV4][number % EDGES].first;
	tuple.family = number % VFG_FAMILY_MAX;
	number /= VFG_FAMILY_MAX;
	if (number >= sizeof(packet_protocols))
		return false;
	tuple.protocol = packet_protocols[number];
	tuple.remote_port = (uint16_t)value[0];
	tuple.local_port = (uint16_t)value[1];
	for (int i = 0; i < 4; i++) {
		int at = tuple.family == VFG_IPV4 ? i : 12 + i;

		tuple.remote[at] = (uint8_t)(value[2] >> (24 - 8 * i));
		tuple.local[at] = (uint8_t)(value[3] >> (24 - 8 * i));
	}
	*ret_tuple = tuple;
	return true;
}

static bool decides(const struct vfg_model *model, const char *rule)
{
	struct vfg_tuple tuple;

	for (size_t i = 0; small_packet(i, &tuple); i++) {
		if (!strcmp(vfg_model_judge(model, &tuple).rule, rule))
			return true;
	}
	return false;
}

/* Does a message of a code speak of the rule? */
static bool is_told(const char *code, const char *rule)
{
	for (const struct vfg_message *message = fixture.diag.first; message;
	     message = message->next) {
		if (!strcmp(message->code, code) && !strcmp(message->rule, strchr(rule, '/') + 1))
			return true;
	}
	return false;
}

/* Both ways: what is told is true, and nothing is missed. */
Test(review, a_rule_is_told_to_be_hidden_or_dead_exactly_if_it_never_decides)
{
	size_t hidden = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct vfg_random random = {.state = seed};
		struct vfg_model model;
		struct vfg_list list;

		tear_down();
		set_up();
		small_model(&random, &list, &model);
		cr_assert_eq(vfg_review(&fixture.diag, &model, NULL), 0);
		for (size_t i = 0; i < list.count; i++) {
			const char *rule = list.rule[i].name;
			bool told = is_told("ShadowedRule", rule);

			cr_assert_eq(told || is_told("RuleNeverMatches", rule),
				     !decides(&model, rule), "seed %llu, %s:%s",
				     (unsigned long long)seed, rule, fixture_messages(&fixture));
			hidden += told;
		}
	}
	cr_expect_gt(hidden, SEEDS / 4, "%zu: too few rules were hidden to show anything", hidden);
}

/* Larger policies of all stages: no warning is wrong, as far as packets at the edges tell. */
Test(review, what_is_told_of_random_policies_is_true)
{
	size_t told = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct vfg_random random = {.state = seed};
		struct vfg_model *model;

		tear_down();
		set_up();
		model = vfg_generate_model(fixture.arena, &random, 40);
		cr_assert(model);
		cr_assert_eq(vfg_review(&fixture.diag, model, NULL), 0);
		told += fixture_count(&fixture, VFG_WARNING, "ShadowedRule");
		for (int i = 0; i < 500; i++) {
			struct vfg_tuple tuple = vfg_generate_tuple(&random, model);
			const char *rule = vfg_model_judge(model, &tuple).rule;

			cr_assert(!*rule || (!is_told("ShadowedRule", rule) &&
					     !is_told("RuleNeverMatches", rule)),
				  "seed %llu, %s:%s", (unsigned long long)seed, rule,
				  fixture_messages(&fixture));
		}
	}
	cr_expect_gt(told, SEEDS, "%zu: too few rules were hidden to show anything", told);
}

/* ---- many ---- */

static struct vfg_set *block(uint32_t first, uint32_t size)
{
	struct vfg_address_range range = {first, first + size - 1};

	return vfg_generate_set(fixture.arena, VFG_IPV4, &range, 1);
}

/* Rules of one list, half of them Deny; @cross: each Deny crosses each Allow. */
static void many(struct vfg_list *list, struct vfg_model *model, size_t count, bool cross)
{
	static const struct vfg_set any = {.any = true};
	static struct vfg_port_range all = {0, 65535};

	*list = (struct vfg_list){.name = "many", .stage = VFG_STAGE_NIC, .count = count};
	list->rule = vfg_arena_array(fixture.arena, count, sizeof(*list->rule));
	cr_assert(list->rule);
	for (size_t i = 0; i < count; i++) {
		bool deny = i % 2;
		const struct vfg_set *own = block((uint32_t)i * 16, 16);

		list->rule[i] = (struct vfg_model_rule){
			.name = vfg_arena_format(fixture.arena, "securityRules/R%zu", i),
			.priority = (uint16_t)(100 + i % 4000),
			.protocol = VFG_PROTOCOL_ANY,
			.action = deny ? VFG_ACTION_DENY : VFG_ACTION_ALLOW,
			.source = deny && cross ? &any : own,
			.destination = deny && cross ? own : &any,
			.source_ports = {1, &all},
			.destination_ports = {1, &all},
		};
	}
	*model = (struct vfg_model){0};
	model->pipeline[VFG_OUTBOUND] = (struct vfg_pipeline){1, {list}};
}

Test(review, many_overlaps_are_counted_behind_the_first_twenty)
{
	struct vfg_model model;
	struct vfg_list list;

	/* R1 to R59 are 30 Deny; each but the last has Allows in front of it and behind. */
	many(&list, &model, 60, true);
	cr_assert_eq(vfg_review(&fixture.diag, &model, NULL), 0);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "OverlappingOppositeAccess"), 21);
	cr_expect_eq(fixture.diag.warnings, 21);
	cr_expect(strstr(fixture.diag.last->text, "39 more"), "%s", fixture.diag.last->text);
	cr_expect_str_eq(fixture.diag.first->rule, "R1");
}

Test(review, a_list_beyond_all_limits_is_not_looked_through_in_silence)
{
	struct vfg_model model;
	struct vfg_list list;

	many(&list, &model, 8000, false);
	cr_assert_eq(vfg_review(&fixture.diag, &model, NULL), 0);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ReviewIncomplete"), 1);
	cr_expect_eq(fixture.diag.warnings, 1, "%s", fixture_messages(&fixture));
}
