/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hidden rules: what the review says against what packets do. In a small world every packet can be
 * tried; in random policies, packets at the edges are.
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
	EDGES = 4, /* stretches of an axis */
};

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(cover, .init = set_up, .fini = tear_down, .timeout = 60);

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
Test(cover, a_rule_is_told_to_be_hidden_or_dead_exactly_if_it_never_decides)
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
Test(cover, what_is_told_of_random_policies_is_true)
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
