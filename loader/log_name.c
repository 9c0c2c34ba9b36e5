/* SPDX-License-Identifier: GPL-2.0-only */
/* Spells rules as the platform's flow logs do, and remembers them by id. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log_name.h"
#include "rule_id.h"

static const struct {
	const char *prefix;
	const char *spelled;
} kinds[] = {
	{"securityRules/", "UserRule_"},
	{"defaultSecurityRules/", "DefaultRule_"},
	{"adminRules/", ""},
};

/* Return: to be freed, NULL without memory. */
static char *spell(const char *name)
{
	char *text;

	if (!strncmp(name, "platformRules/", strlen("platformRules/")))
		return strdup("PlatformRule");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t prefix = strlen(kinds[i].prefix), spelled = strlen(kinds[i].spelled);

		if (strncmp(name, kinds[i].prefix, prefix) != 0)
			continue;
		text = malloc(spelled + strlen(name + prefix) + 1);
		if (text) {
			memcpy(text, kinds[i].spelled, spelled);
			strcpy(text + spelled, name + prefix);
		}
		return text;
	}
	return strdup(name);
}

static bool is_same_list(const struct vfg_log_list *list, const char *name, const char *id,
			 uint8_t stage)
{
	return list->stage == stage && !strcmp(list->name, name) && !strcmp(list->id, id);
}

static int find_list(struct vfg_log_names *names, const struct vfg_retired_rule *rule,
		     uint32_t *ret_list)
{
	const char *id = *rule->list_id == '/' ? rule->list_id : "";
	struct vfg_log_list *more;

	for (size_t i = names->lists; i > 0; i--) {
		if (!is_same_list(&names->list[i - 1], rule->list, id, rule->stage))
			continue;
		*ret_list = (uint32_t)(i - 1);
		return 0;
	}
	more = reallocarray(names->list, names->lists + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	names->list = more;
	more[names->lists] = (struct vfg_log_list){
		.name = strdup(rule->list), .id = strdup(id), .stage = rule->stage};
	*ret_list = (uint32_t)names->lists++; /* counted at once, so that it is freed */
	return more[*ret_list].name && more[*ret_list].id ? 0 : -ENOMEM;
}

static int learn(struct vfg_log_names *names, const struct vfg_retired_rule *rule, bool *changed)
{
	struct vfg_log_rule *known = &names->rule[rule->id % VFG_POLICY_RULES_MAX];
	struct vfg_log_rule fresh = {.denies = rule->action == VFG_ACTION_DENY};
	int err = find_list(names, rule, &fresh.list);

	if (err)
		return err;
	fresh.name = spell(rule->name);
	if (!fresh.name)
		return -ENOMEM;
	if (changed && (!known->name || strcmp(known->name, fresh.name) != 0 ||
			known->list != fresh.list || known->denies != fresh.denies))
		changed[rule->id % VFG_POLICY_RULES_MAX] = true;
	free(known->name);
	*known = fresh;
	return 0;
}

int vfg_log_names_learn(struct vfg_log_names *names, const struct vfg_tables *tables, bool *changed)
{
	int err = 0;

	for (uint32_t number = 0; !err && number < tables->policy->words * 64; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);
		const struct vfg_rule *rule = &vfg_rules_of(tables)[number];

		if (info)
			err = learn(names,
				    &(struct vfg_retired_rule){
					    .id = rule->id,
					    .stage = info->stage,
					    .action = rule->action,
					    .name = vfg_tables_text(tables, info->name_offset),
					    .list = vfg_tables_list_name(tables, info),
					    .list_id = vfg_tables_text(tables, info->list_offset),
				    },
				    changed);
	}
	return err;
}

int vfg_log_names_learn_retired(struct vfg_log_names *names, const struct vfg_retired *retired)
{
	struct vfg_retired_rule rule;
	size_t at = 0;
	int err = 0;

	while (!err && vfg_retired_next(retired, &at, &rule))
		err = learn(names, &rule, NULL);
	return err;
}

void vfg_log_names_free(struct vfg_log_names *names)
{
	for (size_t i = 0; i < VFG_POLICY_RULES_MAX; i++)
		free(names->rule[i].name);
	for (size_t i = 0; i < names->lists; i++) {
		free(names->list[i].name);
		free(names->list[i].id);
	}
	free(names->list);
	*names = (struct vfg_log_names){};
}

const char *vfg_log_names_rule(const struct vfg_log_names *names, uint32_t id)
{
	if (id >= VFG_POLICY_RULES_MAX || !names->rule[id].name)
		return "unspecified";
	return names->rule[id].name;
}

const struct vfg_log_list *vfg_log_names_list(const struct vfg_log_names *names, uint32_t id)
{
	if (id >= VFG_POLICY_RULES_MAX || !names->rule[id].name)
		return NULL;
	return &names->list[names->rule[id].list];
}
