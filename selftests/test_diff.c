/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flows two policies judge differently: every flow that does is in one region, with the rules
 * that decide, and no other flow is.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "../policy-compiler/diff.h"
#include "generate.h"
#include "sample.h"

enum {
	FIRST_SEED = 9001,
	PAIRS = 120,
	PACKETS = 300,
};

static struct vfg_tables compile(struct vfg_arena *arena, const struct vfg_model *model)
{
	struct vfg_diag diag = {.arena = arena};
	struct vfg_tables tables;
	size_t bytes;
	void *image;

	cr_assert_eq(vfg_image_write(arena, model, &diag, &image, &bytes), 0);
	cr_assert_eq(vfg_image_open(image, bytes, &diag, &tables), 0);
	return tables;
}

/* ---- is a packet in a region? ---- */

static vfg_u128 number(const uint8_t *bytes, enum vfg_family family)
{
	vfg_u128 address = 0;

	for (int i = 0; i < (family == VFG_IPV4 ? 4 : 16); i++)
		address = address << 8 | bytes[i];
	return address;
}

static bool ranges_have(const struct vfg_ranges *ranges, vfg_u128 value)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (value >= ranges->range[i].first && value <= ranges->range[i].last)
			return true;
	}
	return false;
}

static uint32_t service_of(const struct vfg_tuple *tuple)
{
	uint16_t port = tuple->direction == VFG_INBOUND ? tuple->local_port : tuple->remote_port;

	if (tuple->protocol == IPPROTO_TCP)
		return VFG_LINE_TCP + port;
	if (tuple->protocol == IPPROTO_UDP)
		return VFG_LINE_UDP + port;
	return VFG_LINE_OTHER + tuple->protocol;
}

static bool region_has(const struct vfg_region *region, const struct vfg_tuple *tuple)
{
	uint16_t source = tuple->direction == VFG_INBOUND ? tuple->remote_port : tuple->local_port;
	bool both = region->family == VFG_FAMILY_MAX;

	if (region->direction != tuple->direction)
		return false;
	if (!both && region->family != tuple->family)
		return false;
	return (both ||
		(ranges_have(&region->line[VFG_DIM_LOCAL], number(tuple->local, tuple->family)) &&
		 ranges_have(&region->line[VFG_DIM_REMOTE],
			     number(tuple->remote, tuple->family)))) &&
	       ranges_have(&region->line[VFG_DIM_SERVICE], service_of(tuple)) &&
	       ranges_have(&region->line[VFG_DIM_SOURCE_PORT], source);
}

/* ---- the property ---- */

/* What was met, so that a run that met nothing fails. */
struct tally {
	size_t differ, same, regions;
};

static void check_packet(const struct vfg_diff *diff, const struct vfg_tables tables[2],
			 const struct vfg_tuple *tuple, const char *where, struct tally *tally)
{
	struct vfg_verdict before = vfg_tables_judge(&tables[0], tuple);
	struct vfg_verdict after = vfg_tables_judge(&tables[1], tuple);
	const struct vfg_region *found = NULL;
	size_t regions = 0;

	for (size_t i = 0; i < diff->count; i++) {
		if (!region_has(&diff->region[i], tuple))
			continue;
		found = &diff->region[i];
		regions++;
	}
	cr_assert_eq(regions, before.allow != after.allow, "%s: %zu regions, %d -> %d", where,
		     regions, before.allow, after.allow);
	tally->same += !found;
	tally->differ += found != NULL;
	if (!found)
		return;
	cr_assert_eq(found->verdict[VFG_BEFORE].number, before.number, "%s", where);
	cr_assert_eq(found->verdict[VFG_AFTER].number, after.number, "%s", where);
	cr_assert_eq(found->verdict[VFG_BEFORE].allow, before.allow, "%s", where);
	cr_assert_eq(found->verdict[VFG_AFTER].allow, after.allow, "%s", where);
	cr_assert_str_eq(found->verdict[VFG_AFTER].rule, after.rule, "%s", where);
	cr_assert_str_eq(found->verdict[VFG_BEFORE].list, before.list, "%s", where);
}

static struct vfg_list *copy_list(struct vfg_arena *arena, const struct vfg_list *list)
{
	struct vfg_list *copy = vfg_arena_alloc(arena, sizeof(*copy));

	cr_assert(copy);
	*copy = *list;
	copy->rule = vfg_arena_array(arena, list->count + 2, sizeof(*copy->rule));
	cr_assert(copy->rule);
	memcpy(copy->rule, list->rule, list->count * sizeof(*copy->rule));
	return copy;
}

/* One rule gone, doubled, moved, turned round, or with another's fields. */
static void mutate_list(struct vfg_random *random, struct vfg_list *list)
{
	uint32_t at = vfg_random_below(random, (uint32_t)list->count);
	uint32_t other = vfg_random_below(random, (uint32_t)list->count);
	struct vfg_model_rule rule = list->rule[at];

	switch (vfg_random_below(random, 5)) {
	case 0:
		if (list->count == 1)
			return;
		memmove(&list->rule[at], &list->rule[at + 1],
			(list->count - at - 1) * sizeof(rule));
		list->count--;
		return;
	case 1:
		list->rule[at] = list->rule[other];
		list->rule[other] = rule;
		return;
	case 2:
		list->rule[at].action =
			rule.action == VFG_ACTION_DENY ? VFG_ACTION_ALLOW : VFG_ACTION_DENY;
		return;
	case 3:
		list->rule[at].source = list->rule[other].source;
		list->rule[at].destination_ports = list->rule[other].destination_ports;
		return;
	}
	memmove(&list->rule[at + 1], &list->rule[at], (list->count - at) * sizeof(rule));
	list->rule[at].action = VFG_ACTION_DENY;
	list->rule[at].source_ports = list->rule[other].source_ports;
	list->count++;
}

static struct vfg_model *mutation(struct vfg_arena *arena, struct vfg_random *random,
				  const struct vfg_model *model)
{
	struct vfg_model *copy = vfg_arena_alloc(arena, sizeof(*copy));

	cr_assert(copy);
	*copy = *model;
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		struct vfg_pipeline *pipeline = &copy->pipeline[direction];

		for (size_t i = 0; i < pipeline->count; i++) {
			pipeline->list[i] = copy_list(arena, pipeline->list[i]);
			for (uint32_t times = vfg_random_below(random, 3); times > 0; times--)
				mutate_list(random, pipeline->list[i]);
		}
		if (pipeline->count && vfg_random_below(random, 10) == 0)
			pipeline->count--;
	}
	return copy;
}

static void compare_pair(uint64_t seed, size_t rules_max, bool related, struct tally *tally)
{
	struct vfg_arena *arena = vfg_arena_new((size_t)2 << 30);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_random random = {.state = seed};
	struct vfg_model *model[2];
	struct vfg_tables tables[2];
	struct vfg_diff diff;
	char where[64];

	model[0] = vfg_generate_model(arena, &random, rules_max);
	cr_assert(model[0]);
	model[1] = related ? mutation(arena, &random, model[0])
			   : vfg_generate_model(arena, &random, rules_max);
	cr_assert(model[1]);
	for (int i = 0; i < 2; i++)
		tables[i] = compile(arena, model[i]);
	cr_assert_eq(
		vfg_diff_find(arena, &tables[0], &tables[1], &vfg_diff_limits_usual, &diag, &diff),
		0, "seed %llu: %s", (unsigned long long)seed, diag.first ? diag.first->text : "");
	tally->regions += diff.count;
	for (int i = 0; i < PACKETS; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(&random, model[i % 2]);

		snprintf(where, sizeof(where), "seed %llu, packet %d", (unsigned long long)seed, i);
		check_packet(&diff, tables, &tuple, where, tally);
	}
	vfg_arena_free(arena);
}

Test(diff, regions_are_exact_for_policies_that_changed)
{
	struct tally tally = {0};

	for (uint64_t i = 0; i < PAIRS; i++)
		compare_pair(FIRST_SEED + i, 1 + i % 40, true, &tally);
	cr_assert_gt(tally.differ, 1000, "%zu", tally.differ);
	cr_assert_gt(tally.same, 1000, "%zu", tally.same);
}

Test(diff, regions_are_exact_for_policies_without_relation)
{
	struct tally tally = {0};

	for (uint64_t i = 0; i < PAIRS; i++)
		compare_pair(FIRST_SEED + 1000 + i, 1 + i % 8, false, &tally);
	cr_assert_gt(tally.differ, 1000, "%zu", tally.differ);
	cr_assert_gt(tally.same, 1000, "%zu", tally.same);
}

/* ---- what it may cost ---- */

/* A list that ends in a rule for everything, before and after. */
struct versions {
	struct vfg_sample sample[2];
	struct vfg_list *list[2];
};

static struct versions versions_new(void)
{
	struct versions versions;

	for (int i = 0; i < 2; i++) {
		versions.sample[i] = vfg_sample_new();
		versions.list[i] =
			vfg_sample_list(&versions.sample[i], VFG_INBOUND, VFG_STAGE_NIC, "nic");
	}
	return versions;
}

static int compile_both(struct versions *versions)
{
	int err = vfg_sample_compile(&versions->sample[0]);

	return err ? err : vfg_sample_compile(&versions->sample[1]);
}

/* A rule of its own /24, port and protocol. */
static void add_narrow(struct vfg_sample *sample, struct vfg_list *list, uint32_t seed)
{
	struct vfg_model_rule *rule;
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "10.%u.%u.0/24", seed * 7 % 251, seed * 13 % 241);
	rule = vfg_sample_rule(list, "securityRules/Narrow",
			       seed % 2 ? VFG_ACTION_ALLOW : VFG_ACTION_DENY);
	rule->protocol = seed % 3 ? IPPROTO_TCP : IPPROTO_UDP;
	if (seed % 5)
		rule->source = vfg_sample_set(sample, prefix);
	if (seed % 5 < 2)
		rule->destination = vfg_sample_set(sample, prefix);
	rule->destination_ports =
		vfg_sample_ports(sample, (uint16_t)(seed * 31), (uint16_t)(seed * 31 + seed % 90));
}

/* Two lists of 1,000 rules; `changed` of the rules of the second version are others. */
static struct versions large_versions(uint32_t changed)
{
	struct versions versions = versions_new();

	for (int i = 0; i < 2; i++) {
		struct vfg_list *subnet = vfg_sample_list(&versions.sample[i], VFG_INBOUND,
							  VFG_STAGE_SUBNET, "subnet");

		for (uint32_t rule = 0; rule < 1000; rule++) {
			bool other = i && rule % (1000 / (changed / 2)) == 7;

			add_narrow(&versions.sample[i], versions.list[i], rule + 2000 * other);
			add_narrow(&versions.sample[i], subnet, rule + 4000 + 2000 * other);
		}
	}
	cr_assert_eq(compile_both(&versions), 0);
	return versions;
}

Test(diff, four_changes_among_two_thousand_rules_take_few_steps)
{
	static const struct vfg_diff_limits few = {.steps = 20000000, .regions = 10000};
	struct versions versions = large_versions(4);
	struct vfg_diff diff;

	cr_assert_eq(vfg_diff_find(versions.sample[0].arena, &versions.sample[0].tables,
				   &versions.sample[1].tables, &few, &versions.sample[0].diag,
				   &diff),
		     0);
	cr_expect_gt(diff.count, 0);
	vfg_arena_free(versions.sample[0].arena);
	vfg_arena_free(versions.sample[1].arena);
}

Test(diff, too_many_steps_or_regions_are_refused_with_advice)
{
	static const struct vfg_diff_limits limits[] = {{.steps = 100, .regions = 10000},
							{.steps = 1000000000, .regions = 3}};
	struct versions versions = large_versions(100);

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct vfg_diag diag = {.arena = versions.sample[0].arena};
		struct vfg_diff diff;

		cr_assert_eq(vfg_diff_find(versions.sample[0].arena, &versions.sample[0].tables,
					   &versions.sample[1].tables, &limits[i], &diag, &diff),
			     -E2BIG);
		cr_assert_eq(diag.errors, 1);
		cr_expect_str_eq(diag.first->code, "DiffTooLarge");
		cr_expect_eq(strncmp(diag.first->text, "Inbound, IPv4: ", 15), 0, "%s",
			     diag.first->text);
	}
	vfg_arena_free(versions.sample[0].arena);
	vfg_arena_free(versions.sample[1].arena);
}

/* A node of 65,536 entries that all lead to itself, over the tables of services. */
Test(diff, a_trie_that_goes_round_in_circles_is_refused)
{
	struct versions versions = large_versions(4);
	struct vfg_sample *sample = &versions.sample[1];
	struct vfg_policy *policy = (void *)((uint8_t *)sample->image + VFG_IMAGE_HEADER_BYTES);
	uint32_t *entry = (void *)((uint8_t *)policy + policy->service_tcp);
	uint32_t node = (uint32_t)VFG_TRIE_NODE << VFG_TRIE_KIND_SHIFT |
			15U << VFG_TRIE_STRIDE_SHIFT | policy->service_tcp / VFG_TRIE_NODE_UNIT;
	struct vfg_diff diff;

	for (uint32_t i = 0; i < 65536; i++)
		entry[i] = node;
	policy->trie[VFG_ROLE_LOCAL][VFG_IPV6] = node;
	cr_assert_eq(vfg_diff_find(sample->arena, &versions.sample[0].tables, &sample->tables,
				   &vfg_diff_limits_usual, &sample->diag, &diff),
		     -EINVAL);
	cr_expect_str_eq(sample->diag.first->code, "PolicyDamaged");
	vfg_arena_free(versions.sample[0].arena);
	vfg_arena_free(versions.sample[1].arena);
}
