/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of rules, by their ids. */
#include <string.h>
#include <strings.h>

#include "rule_id.h"
#include "rule_name.h"

void vfg_rule_names_add(struct vfg_rule_names *names, const struct vfg_tables *tables,
			bool in_force)
{
	const struct vfg_rule *rules = vfg_rules_of(tables);

	for (uint32_t number = 0; number < tables->policy->words * 64; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);
		struct vfg_rule_name *rule;

		if (!info || rules[number].id >= VFG_POLICY_RULES_MAX)
			continue;
		rule = &names->of[rules[number].id];
		if (rule->name)
			continue;
		*rule = (struct vfg_rule_name){
			.name = vfg_tables_text(tables, info->name_offset),
			.list = vfg_tables_list_name(tables, info),
			.direction = info->direction,
			.action = rules[number].action,
			.in_force = in_force,
		};
	}
}

void vfg_rule_names_add_retired(struct vfg_rule_names *names, const struct vfg_retired *retired)
{
	struct vfg_retired_rule rule;
	size_t at = 0;

	while (vfg_retired_next(retired, &at, &rule)) {
		if (!names->of[rule.id].name)
			names->of[rule.id] = (struct vfg_rule_name){.name = rule.name,
								    .list = rule.list,
								    .direction = rule.direction,
								    .action = rule.action};
	}
}

bool vfg_rule_name_is(const struct vfg_rule_name *rule, const char *text)
{
	const char *last;

	if (!rule->name)
		return false;
	last = strrchr(rule->name, '/');
	return !strcasecmp(rule->name, text) || (last && !strcasecmp(last + 1, text));
}
