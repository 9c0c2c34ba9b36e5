/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of a compiled policy that have no effect, found in the tables alone: hidden by a rule in
 * front of them, or allowing what the other NSG denies. Of a rule, each dimension says which others
 * hold all of its classes, and which share some; what holds in every dimension holds for the rules.
 */
#include <errno.h>
#include <string.h>

#include "clash.h"
#include "tables.h"

/* A word of a class's vector is a step: two NSGs of 1,000 rules take less (test_clash). */
static const uint64_t steps_max = 600ULL * 1000 * 1000;

/* Rules by number. */
struct bits {
	uint64_t word[VFG_POLICY_WORDS_MAX];
};

/* How all others stand to one rule. */
struct relation {
	struct bits hold; /* they match all that it matches */
	struct bits meet; /* they may match some of it */
	bool lives;	  /* it matches anything at all */
};

struct search {
	const struct vfg_tables *tables;
	struct vfg_clashes *clashes;
	struct vfg_arena *arena;
	size_t room;
	uint64_t steps;
};

static bool has(const struct bits *bits, uint32_t number)
{
	return bits->word[number / 64] >> (number % 64) & 1;
}

/* Does any class have the rule? */
static bool relate_by(struct search *search, enum vfg_dimension dimension, uint32_t number,
		      struct bits *every, struct bits *some)
{
	const struct vfg_policy *policy = search->tables->policy;
	bool any = false;

	memset(every, 0xff, sizeof(*every));
	memset(some, 0, sizeof(*some));
	for (uint32_t class_id = 0; class_id < policy->classes[dimension]; class_id++) {
		const uint64_t *vector = vfg_tables_vector(search->tables, dimension, class_id);

		search->steps++;
		if (!vector || !(vector[number / 64] >> (number % 64) & 1))
			continue;
		any = true;
		search->steps += policy->words;
		for (uint32_t word = 0; word < policy->words; word++) {
			every->word[word] &= vector[word];
			some->word[word] |= vector[word];
		}
	}
	return any;
}

/*
 * Source ports are asked of TCP and UDP only, so they tell no two rules apart: only who holds
 * another must hold its source ports too.
 */
static struct relation relate(struct search *search, uint32_t number)
{
	struct relation relation = {.lives = true};
	int dimensions = search->tables->policy->source_port ? VFG_DIM_MAX : VFG_DIM_SOURCE_PORT;

	memset(&relation.hold, 0xff, sizeof(relation.hold));
	memset(&relation.meet, 0xff, sizeof(relation.meet));
	for (int dimension = 0; dimension < dimensions; dimension++) {
		struct bits every, some;

		if (!relate_by(search, dimension, number, &every, &some))
			relation.lives = false;
		for (uint32_t word = 0; word < VFG_POLICY_WORDS_MAX; word++) {
			relation.hold.word[word] &= every.word[word];
			if (dimension != VFG_DIM_SOURCE_PORT)
				relation.meet.word[word] &= some.word[word];
		}
	}
	return relation;
}

static bool is_named(const struct vfg_tables *tables, uint32_t number)
{
	static const char prefix[] = "securityRules/";
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

	return info &&
	       !strncmp(vfg_tables_text(tables, info->name_offset), prefix, sizeof(prefix) - 1);
}

static int add(struct search *search, enum vfg_clash_kind kind, uint32_t rule, uint32_t by)
{
	struct vfg_clashes *clashes = search->clashes;

	if (clashes->count == search->room) {
		size_t room = search->room ? search->room * 2 : 16;
		struct vfg_clash *more = vfg_arena_array(search->arena, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (clashes->count)
			memcpy(more, clashes->clash, clashes->count * sizeof(*more));
		clashes->clash = more;
		search->room = room;
	}
	clashes->clash[clashes->count++] = (struct vfg_clash){.kind = kind, .rule = rule, .by = by};
	return 0;
}

/* The rule in front of it, in its own list, that takes all of its traffic. */
static uint32_t find_hiding(const struct vfg_tables *tables, const struct relation *relation,
			    struct vfg_stage_words own, uint32_t number)
{
	for (uint32_t other = own.first * 64U; other < number; other++) {
		if (has(&relation->hold, other) && vfg_tables_rule(tables, other))
			return other;
	}
	return VFG_RULE_NONE;
}

/* The Deny of the other list that takes all of its traffic, with no Allow of that list before. */
static uint32_t find_denying(const struct vfg_tables *tables, const struct relation *relation,
			     struct vfg_stage_words other)
{
	const struct vfg_rule *rules = vfg_tables_rules(tables);

	for (uint32_t number = other.first * 64U; number < other.last * 64U; number++) {
		if (!has(&relation->meet, number) || !vfg_tables_rule(tables, number))
			continue;
		if (rules[number].action != VFG_ACTION_DENY)
			return VFG_RULE_NONE;
		if (has(&relation->hold, number))
			return number;
	}
	return VFG_RULE_NONE;
}

static int look_at(struct search *search, struct vfg_stage_words own, struct vfg_stage_words other,
		   uint32_t number)
{
	const struct vfg_tables *tables = search->tables;
	struct relation relation = relate(search, number);
	uint32_t by;

	if (!relation.lives)
		return 0;
	by = find_hiding(tables, &relation, own, number);
	if (by != VFG_RULE_NONE)
		return add(search, VFG_CLASH_SHADOWED, number, by);
	if (vfg_tables_rules(tables)[number].action == VFG_ACTION_DENY)
		return 0;
	by = find_denying(tables, &relation, other);
	if (by == VFG_RULE_NONE)
		return 0;
	/* A subnet's NSG is for many NICs: that one of them does without a service is no conflict.
	 */
	if (!is_named(tables, by) && own.stage == VFG_STAGE_SUBNET)
		return 0;
	return add(search, VFG_CLASH_CONTRADICTED, number, by);
}

static int look_at_list(struct search *search, struct vfg_stage_words own,
			struct vfg_stage_words other)
{
	for (uint32_t number = own.first * 64U; number < own.last * 64U; number++) {
		int err = 0;

		if (!is_named(search->tables, number))
			continue;
		if (search->steps > steps_max) {
			search->clashes->incomplete = true;
			return 0;
		}
		err = look_at(search, own, other, number);
		if (err)
			return err;
	}
	return 0;
}

static struct vfg_stage_words words_of(const struct vfg_policy *policy, int direction, int stage)
{
	for (int position = 0; position < VFG_STAGE_MAX; position++) {
		if (policy->stage[direction][position].stage == stage)
			return policy->stage[direction][position];
	}
	return (struct vfg_stage_words){.stage = (uint16_t)stage};
}

int vfg_tables_clashes(struct vfg_arena *arena, const struct vfg_tables *tables,
		       struct vfg_clashes *ret_clashes)
{
	struct vfg_clashes clashes = {};
	struct search search = {.tables = tables, .clashes = &clashes, .arena = arena};

	if (tables->policy->words > VFG_POLICY_WORDS_MAX)
		return -EINVAL;
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		struct vfg_stage_words subnet =
			words_of(tables->policy, direction, VFG_STAGE_SUBNET);
		struct vfg_stage_words nic = words_of(tables->policy, direction, VFG_STAGE_NIC);
		int err = 0;

		if (subnet.last > tables->policy->words || nic.last > tables->policy->words)
			return -EINVAL;
		err = look_at_list(&search, subnet, nic);
		if (!err)
			err = look_at_list(&search, nic, subnet);
		if (err)
			return err;
	}
	*ret_clashes = clashes;
	return 0;
}
