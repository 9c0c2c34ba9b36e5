/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any expressions in the places of an ARM template that matter. The input is a text of lines, one a
 * place (enum line); what follows the last is part of it.
 */
#include <json-c/json.h>
#include <string.h>

#include "probe.h"

enum line {
	ADDRESS,
	PORT,
	PORTS,
	VARIABLE,
	DEFAULT,
	NAME,
	CONDITION,
	COUNT, /* of copies of the rule; none where it is empty */
	PARAM, /* NAME=VALUE */
	LINES,
};

enum {
	PACKETS = 8,
};

#define SCHEMA "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

static void put(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

/* An object of one member. */
static struct json_object *wrap(const char *name, struct json_object *value)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, name, value);
	return object;
}

static struct json_object *array_of(struct json_object *value)
{
	struct json_object *array = json_object_new_array();

	json_object_array_add(array, value);
	return array;
}

static struct json_object *make_rule(char *const line[LINES])
{
	struct json_object *rule = json_object_new_object();
	struct json_object *properties = json_object_new_object();

	put(rule, "name", *line[COUNT] ? "[concat('Rule', copyIndex('securityRules'))]" : "Rule");
	put(properties, "protocol", "Tcp");
	put(properties, "access", "Allow");
	put(properties, "direction", "Inbound");
	put(properties, "priority",
	    *line[COUNT] ? "[add(100, copyIndex('securityRules'))]" : "100");
	put(properties, "sourceAddressPrefix", line[ADDRESS]);
	put(properties, "destinationAddressPrefix", "*");
	put(properties, "sourcePortRange", "*");
	put(properties, "destinationPortRange", line[PORT]);
	put(properties, "destinationPortRanges", line[PORTS]);
	json_object_object_add(rule, "properties", properties);
	return rule;
}

static struct json_object *make_rules(char *const line[LINES])
{
	struct json_object *copy;

	if (!*line[COUNT])
		return wrap("securityRules", array_of(make_rule(line)));
	copy = json_object_new_object();
	put(copy, "name", "securityRules");
	put(copy, "count", line[COUNT]);
	json_object_object_add(copy, "input", make_rule(line));
	return wrap("copy", array_of(copy));
}

static struct json_object *make_template(char *const line[LINES])
{
	struct json_object *tree = json_object_new_object();
	struct json_object *parameter = json_object_new_object();
	struct json_object *resource = json_object_new_object();

	put(parameter, "type", "string");
	put(parameter, "defaultValue", line[DEFAULT]);
	put(resource, "type", "Microsoft.Network/networkSecurityGroups");
	put(resource, "apiVersion", "2023-04-01");
	put(resource, "name", line[NAME]);
	if (*line[CONDITION])
		put(resource, "condition", line[CONDITION]);
	json_object_object_add(resource, "properties", make_rules(line));
	put(tree, "$schema", SCHEMA);
	put(tree, "contentVersion", "1.0.0.0");
	json_object_object_add(tree, "parameters", wrap("p", parameter));
	json_object_object_add(tree, "variables",
			       wrap("v", json_object_new_string(line[VARIABLE])));
	json_object_object_add(tree, "resources", array_of(resource));
	return tree;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char empty[] = "", *line[LINES], *rest;
	struct json_object *tree;
	struct probe probe;
	const char *text;

	probe_open(&probe);
	rest = vfg_arena_strndup(probe.arena, (const char *)data, size);
	for (int i = 0; i < LINES; i++)
		line[i] = (i < LINES - 1 ? strsep(&rest, "\n") : rest) ?: empty;
	tree = make_template(line);
	text = json_object_to_json_string(tree);
	probe_add(&probe, VFG_SOURCE_ANY, text, strlen(text));
	probe_tag(&probe, "VirtualNetwork=10.0.0.0/16,2001:db8::/32");
	if (*line[PARAM])
		probe_param(&probe, line[PARAM]);
	probe_run(&probe, PACKETS);
	json_object_put(tree);
	probe_close(&probe);
	return 0;
}
