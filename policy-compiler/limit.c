/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules of one NSG must keep between them: distinct priorities and names, and the
 * platform's limits on numbers. Works on the texts, so that it also speaks of rules that have other
 * errors.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "check.h"
#include "limit.h"

/* A priority as a number, 0 where it is none; out of range is check.c's. */
static unsigned long priority_of(const struct vfg_nsg_rule *rule)
{
	return rule->priority ? strtoul(rule->priority, NULL, 10) : 0;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static int priority_order(const void *one, const void *two)
{
	const struct vfg_nsg_rule *a = *(const struct vfg_nsg_rule *const *)one;
	const struct vfg_nsg_rule *b = *(const struct vfg_nsg_rule *const *)two;
	unsigned long a_priority = priority_of(a), b_priority = priority_of(b);
	int direction = strcasecmp(text_of(a->direction), text_of(b->direction));

	if (direction)
		return direction;
	if (a_priority != b_priority)
		return a_priority < b_priority ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int name_order(const void *one, const void *two)
{
	const struct vfg_nsg_rule *a = *(const struct vfg_nsg_rule *const *)one;
	const struct vfg_nsg_rule *b = *(const struct vfg_nsg_rule *const *)two;
	int name = strcasecmp(text_of(a->name), text_of(b->name));

	if (name)
		return name;
	return a < b ? -1 : a > b;
}

/* The platform may write one rule out as several: they do not contradict each other. */
static bool is_split(const struct vfg_nsg_rule *a, const struct vfg_nsg_rule *b)
{
	return !strcasecmp(text_of(a->name), text_of(b->name)) &&
	       !strcasecmp(text_of(a->access), text_of(b->access));
}

static void check_conflicts(struct vfg_diag *diag, const struct vfg_nsg *nsg,
			    const struct vfg_nsg_rule **rule)
{
	struct vfg_place place = {.file = nsg->file};
	size_t count = nsg->rule_count;

	qsort(rule, count, sizeof(*rule), priority_order);
	for (size_t i = 1; i < count; i++) {
		const struct vfg_nsg_rule *a = rule[i - 1], *b = rule[i];

		if (!priority_of(a) || priority_of(a) != priority_of(b) ||
		    strcasecmp(text_of(a->direction), text_of(b->direction)) ||
		    (nsg->effective && is_split(a, b)))
			continue;
		place.rule = text_of(b->name);
		place.field = "priority";
		vfg_diag_add(diag, VFG_ERROR, place, "SecurityRuleConflict",
			     "Security rule %s conflicts with rule %s. Rules cannot have the same "
			     "Priority and Direction. To learn more, see aka.ms/nsgrules.",
			     text_of(b->name), text_of(a->name));
	}
}

static void check_names(struct vfg_diag *diag, struct vfg_place place,
			const struct vfg_nsg_rule **rule, size_t count)
{
	qsort(rule, count, sizeof(*rule), name_order);
	for (size_t i = 1; i < count; i++) {
		const char *name = text_of(rule[i]->name);

		if (!*name || strcasecmp(name, text_of(rule[i - 1]->name)))
			continue;
		place.rule = name;
		place.field = "name";
		vfg_diag_add(diag, VFG_ERROR, place, "DuplicateSecurityRuleName",
			     "two rules of the NSG are named %s", name);
	}
}

/* Values that count against the limit: what is written out, not "*" and tags. */
static size_t values_of(const struct vfg_nsg_value *value, bool address)
{
	struct vfg_prefix prefix;

	if (value->count || !value->single)
		return value->count;
	if (address)
		return vfg_prefix_parse(value->single, &prefix) == 0;
	return !vfg_field_is_any(value->single);
}

static void check_counts(struct vfg_diag *diag, struct vfg_place place, const struct vfg_nsg *nsg)
{
	if (nsg->rule_count > VFG_CHECK_RULES_MAX) {
		place.field = "securityRules";
		vfg_diag_add(diag, VFG_ERROR, place, "SecurityRuleCountLimitReached",
			     "A security group cannot have more than %d security rules.",
			     VFG_CHECK_RULES_MAX);
	}
	for (int property = 0; property < VFG_NSG_PROPERTY_MAX; property++) {
		const struct vfg_nsg_property_name *name = &vfg_nsg_property_name[property];
		size_t count = 0;

		for (size_t i = 0; i < nsg->rule_count; i++)
			count += values_of(&nsg->rule[i].value[property],
					   property <= VFG_NSG_DESTINATION_ADDRESS);
		if (count <= VFG_CHECK_VALUES_MAX)
			continue;
		place.field = name->list;
		vfg_diag_add(diag, VFG_ERROR, place,
			     "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
			     "Network security group %s has %zu %s. A security group cannot have "
			     "more than %d %s as per the limit "
			     "MaxSecurityRuleAddressesOrPortsPerSecurityGroup.",
			     nsg->id, count, name->messages, VFG_CHECK_VALUES_MAX, name->messages);
	}
}

int vfg_limit_check(struct vfg_diag *diag, const struct vfg_nsg *nsg)
{
	const struct vfg_nsg_rule **rule =
		vfg_arena_array(diag->arena, nsg->rule_count, sizeof(*rule));
	struct vfg_place place = {.file = nsg->file};

	if (!rule)
		return -ENOMEM;
	for (size_t i = 0; i < nsg->rule_count; i++)
		rule[i] = &nsg->rule[i];
	if (!nsg->effective) {
		check_counts(diag, place, nsg);
		check_names(diag, place, rule, nsg->rule_count);
	}
	check_conflicts(diag, nsg, rule);
	return vfg_groups_check_count(diag, nsg);
}
