/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters command: what each rule of the policy in force has decided. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "active.h"
#include "capability.h"
#include "command.h"
#include "count.h"
#include "loaded.h"
#include "rule_id.h"
#include "say.h"

struct line {
	const char *direction;
	const char *name;
	const char *list;
	struct vfg_rule_count count;
};

static void print_text(const struct line *line)
{
	printf("%-9s %-44s %-24s %10" PRIu64 " %12" PRIu64 " %14" PRIu64 "\n", line->direction,
	       line->name, line->list, (uint64_t)line->count.hits, (uint64_t)line->count.packets,
	       (uint64_t)line->count.bytes);
}

static void add_json(struct json_object *rules, const struct line *line)
{
	struct json_object *rule = json_object_new_object();

	json_object_object_add(rule, "direction", json_object_new_string(line->direction));
	json_object_object_add(rule, "ruleName", json_object_new_string(line->name));
	json_object_object_add(rule, "list", json_object_new_string(line->list));
	json_object_object_add(rule, "hits", json_object_new_uint64(line->count.hits));
	json_object_object_add(rule, "packets", json_object_new_uint64(line->count.packets));
	json_object_object_add(rule, "bytes", json_object_new_uint64(line->count.bytes));
	json_object_array_add(rules, rule);
}

/* A rule that fills several places of the vectors has one id, and is shown once. @rules: NULL to
 * print text. Return: 0 or -errno. */
static int walk(const struct vfg_pins *pins, const struct vfg_tables *tables,
		struct json_object *rules)
{
	bool shown[VFG_POLICY_RULES_MAX] = {};

	for (uint32_t number = 0; number < tables->policy->words * 64; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);
		uint32_t id = vfg_rules_of(tables)[number].id % VFG_POLICY_RULES_MAX;
		struct line line;
		int err;

		if (!info || shown[id])
			continue;
		shown[id] = true;
		line.direction = info->direction == VFG_INBOUND ? "Inbound" : "Outbound";
		line.name = vfg_tables_text(tables, info->name_offset);
		line.list = vfg_tables_list_name(tables, info);
		err = vfg_count_rule(pins, id, &line.count);
		if (err)
			return err;
		if (rules)
			add_json(rules, &line);
		else
			print_text(&line);
	}
	return 0;
}

static int show(const char *name, bool json)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autoactive struct vfg_active active = {.fd = -1};
	struct json_object *root, *rules;
	int err = vfg_loaded_open(name, VFG_LOADED_READ, &loaded);

	if (err)
		return err;
	err = vfg_active_open(&loaded.pins, &active);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, name, "its policy cannot be read: %s",
			       strerror(-err));
	if (!json) {
		printf("%-9s %-44s %-24s %10s %12s %14s\n", "DIRECTION", "RULE", "LIST", "HITS",
		       "PACKETS", "BYTES");
		err = walk(&loaded.pins, &active.tables, NULL);
	} else {
		root = json_object_new_object();
		rules = json_object_new_array();
		json_object_object_add(root, "master", json_object_new_string(name));
		json_object_object_add(root, "rules", rules);
		err = walk(&loaded.pins, &active.tables, rules);
		if (!err)
			puts(json_object_to_json_string_ext(
				root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(root);
	}
	return err ? vfg_say(VFG_EXIT_SYSTEM, name, "its counters cannot be read: %s",
			     strerror(-err))
		   : 0;
}

int vfg_command_counters(int argc, char **argv)
{
	const char *name = NULL;
	bool json = false;
	int err;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (argv[i][0] == '-' || name)
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of counters; see --help");
		else
			name = argv[i];
	}
	if (!name)
		return vfg_say(VFG_EXIT_USAGE, "counters", "no device; give DEV");
	err = vfg_capability_check("counters");
	return err ? err : show(name, json);
}
