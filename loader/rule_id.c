/* SPDX-License-Identifier: GPL-2.0-only */
/* Carries rule ids over from one policy to the next by the rules' names. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "rule_id.h"

struct named {
	const struct vfg_rule_info *info;
	const char *name;
	uint32_t number;
};

struct roll {
	size_t count;
	struct named *rule; /* sorted by key */
};

static void free_roll(struct roll *roll)
{
	free(roll->rule);
}

static int compare(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	if (a->info->direction != b->info->direction)
		return a->info->direction - b->info->direction;
	if (a->info->stage != b->info->stage)
		return a->info->stage - b->info->stage;
	return strcmp(a->name, b->name);
}

static int call_roll(const struct vfg_tables *tables, struct roll *ret_roll)
{
	uint32_t places = tables->policy->words * 64;

	ret_roll->rule = calloc(places ? places : 1, sizeof(*ret_roll->rule));
	if (!ret_roll->rule)
		return -ENOMEM;
	for (uint32_t number = 0; number < places; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

		if (info)
			ret_roll->rule[ret_roll->count++] =
				(struct named){.info = info,
					       .name = vfg_tables_text(tables, info->name_offset),
					       .number = number};
	}
	qsort(ret_roll->rule, ret_roll->count, sizeof(*ret_roll->rule), compare);
	return 0;
}

const struct vfg_rule *vfg_rules_of(const struct vfg_tables *tables)
{
	return (const void *)((const char *)tables->policy + tables->policy->rules);
}

/* Both rolls are sorted: one walk finds every rule that is in both. */
static void keep(const struct roll *old, const struct vfg_rule *old_rules, const struct roll *new,
		 uint32_t *id)
{
	size_t i = 0, j = 0;

	while (i < old->count && j < new->count) {
		int order = compare(&old->rule[i], &new->rule[j]);

		if (order == 0)
			id[new->rule[j++].number] = old_rules[old->rule[i].number].id;
		else if (order < 0)
			i++;
		else
			j++;
	}
}

static uint32_t claim(bool *taken, uint32_t *next)
{
	for (uint32_t i = 0; i < VFG_POLICY_RULES_MAX; i++) {
		uint32_t id = (*next + i) % VFG_POLICY_RULES_MAX;

		if (taken[id])
			continue;
		taken[id] = true;
		*next = (id + 1) % VFG_POLICY_RULES_MAX;
		return id;
	}
	return VFG_RULE_NONE;
}

static void mark(const struct roll *roll, const uint32_t *id, bool *taken)
{
	for (size_t i = 0; i < roll->count; i++) {
		uint32_t kept = id[roll->rule[i].number];

		if (kept < VFG_POLICY_RULES_MAX)
			taken[kept] = true;
	}
}

static void give(const struct roll *roll, bool *taken, struct vfg_rule_ids *ids)
{
	for (size_t i = 0; i < roll->count; i++) {
		uint32_t *id = &ids->id[roll->rule[i].number];

		if (*id != VFG_RULE_NONE)
			continue;
		if (i > 0 && compare(&roll->rule[i - 1], &roll->rule[i]) == 0) {
			*id = ids->id[roll->rule[i - 1].number];
			continue;
		}
		*id = claim(taken, &ids->next);
		if (*id == VFG_RULE_NONE) {
			/* None is free of both policies: take those that only the old one uses. */
			memset(taken, 0, VFG_POLICY_RULES_MAX);
			mark(roll, ids->id, taken);
			*id = claim(taken, &ids->next);
		}
		ids->fresh[*id] = true;
	}
}

int vfg_rule_ids_assign(const struct vfg_tables *old, const struct vfg_tables *new, uint32_t next,
			struct vfg_rule_ids *ret_ids)
{
	struct roll new_roll __attribute__((cleanup(free_roll))) = {};
	struct roll old_roll __attribute__((cleanup(free_roll))) = {};
	autofree bool *taken = calloc(VFG_POLICY_RULES_MAX, sizeof(*taken));
	int err = call_roll(new, &new_roll);

	if (err || !taken)
		return -ENOMEM;
	memset(ret_ids->fresh, 0, sizeof(ret_ids->fresh));
	ret_ids->next = next % VFG_POLICY_RULES_MAX;
	for (uint32_t number = 0; number < VFG_POLICY_RULES_MAX; number++)
		ret_ids->id[number] = number;
	for (size_t i = 0; i < new_roll.count; i++)
		ret_ids->id[new_roll.rule[i].number] = VFG_RULE_NONE;
	if (old) {
		const struct vfg_rule *rules = vfg_rules_of(old);

		err = call_roll(old, &old_roll);
		if (err)
			return err;
		keep(&old_roll, rules, &new_roll, ret_ids->id);
		for (size_t i = 0; i < old_roll.count; i++)
			taken[rules[old_roll.rule[i].number].id % VFG_POLICY_RULES_MAX] = true;
	}
	give(&new_roll, taken, ret_ids);
	return 0;
}
