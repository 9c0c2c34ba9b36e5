/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The six rules that every NSG ends with. They cannot be removed or changed on the platform, so the
 * input's copies are not trusted: a file may have been edited.
 *
 * Source: Azure documentation, "Network security groups", default security rules, 2025-07-15; names
 * as the API spells them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "default.h"
#include "port.h"

struct row {
	const char *name;
	uint16_t priority;
	uint8_t direction;
	uint8_t action;
	const char *source;
	const char *destination;
};

static const struct row rows[] = {
	{"AllowVnetInBound", 65000, VFG_INBOUND, VFG_ACTION_ALLOW, "VirtualNetwork",
	 "VirtualNetwork"},
	{"AllowAzureLoadBalancerInBound", 65001, VFG_INBOUND, VFG_ACTION_ALLOW, "AzureLoadBalancer",
	 "*"},
	{"DenyAllInBound", 65500, VFG_INBOUND, VFG_ACTION_DENY, "*", "*"},
	{"AllowVnetOutBound", 65000, VFG_OUTBOUND, VFG_ACTION_ALLOW, "VirtualNetwork",
	 "VirtualNetwork"},
	{"AllowInternetOutBound", 65001, VFG_OUTBOUND, VFG_ACTION_ALLOW, "*", "Internet"},
	{"DenyAllOutBound", 65500, VFG_OUTBOUND, VFG_ACTION_DENY, "*", "*"},
};

enum {
	ROWS = sizeof(rows) / sizeof(*rows),
};

/* A tag that is missing is said once, not for every default rule of every NSG. */
static int resolve(struct vfg_tags *tags, const char *name, struct vfg_place place,
		   const struct vfg_set **ret_set)
{
	int err;

	if (!strcmp(name, "*")) {
		*ret_set = &vfg_set_any;
		return 0;
	}
	if (vfg_tags_failed(tags, name))
		return 0;
	if (!strcmp(name, "Internet") && vfg_tags_failed(tags, "VirtualNetwork"))
		return 0;
	err = vfg_tags_resolve(tags, name, place, ret_set);
	return err == -ENOENT ? 0 : err;
}

static int append(struct vfg_tags *tags, struct vfg_arena *arena, const char *file,
		  const struct row *row, struct vfg_list *list)
{
	struct vfg_place place = {.file = file, .rule = row->name};
	struct vfg_model_rule rule = {
		.priority = row->priority,
		.protocol = VFG_PROTOCOL_ANY,
		.direction = row->direction,
		.action = row->action,
		.source_ports = vfg_ports_all,
		.destination_ports = vfg_ports_all,
	};
	int err;

	rule.name = vfg_arena_format(arena, "defaultSecurityRules/%s", row->name);
	if (!rule.name)
		return -ENOMEM;
	place.field = "sourceAddressPrefix";
	err = resolve(tags, row->source, place, &rule.source);
	if (err)
		return err;
	place.field = "destinationAddressPrefix";
	err = resolve(tags, row->destination, place, &rule.destination);
	if (err)
		return err;
	if (rule.source && rule.destination)
		list->rule[list->count++] = rule;
	return 0;
}

static bool same(const char *text, const char *wanted)
{
	return text && !strcasecmp(text, wanted);
}

static bool same_ports(const struct vfg_nsg_value *value)
{
	return !value->count && (same(value->single, "*") || same(value->single, "0-65535"));
}

/* Return: the name of the first field that differs, NULL where none does. */
static const char *difference(const struct row *row, const struct vfg_nsg_rule *rule)
{
	const struct vfg_nsg_value *value = rule->value;

	if (!same(rule->protocol, "*"))
		return "protocol";
	if (!same(rule->access, row->action == VFG_ACTION_ALLOW ? "Allow" : "Deny"))
		return "access";
	if (!same(rule->direction, row->direction == VFG_INBOUND ? "Inbound" : "Outbound"))
		return "direction";
	if (!rule->priority || strtoul(rule->priority, NULL, 10) != row->priority)
		return "priority";
	if (value[VFG_NSG_SOURCE_ADDRESS].count ||
	    !same(value[VFG_NSG_SOURCE_ADDRESS].single, row->source))
		return "sourceAddressPrefix";
	if (value[VFG_NSG_DESTINATION_ADDRESS].count ||
	    !same(value[VFG_NSG_DESTINATION_ADDRESS].single, row->destination))
		return "destinationAddressPrefix";
	if (!same_ports(&value[VFG_NSG_SOURCE_PORT]))
		return "sourcePortRange";
	if (!same_ports(&value[VFG_NSG_DESTINATION_PORT]))
		return "destinationPortRange";
	return NULL;
}

static void compare(struct vfg_diag *diag, struct vfg_place place, const struct vfg_nsg_rule *rule,
		    bool seen[ROWS])
{
	place.rule = rule->name ? rule->name : "(none)";
	for (int i = 0; i < ROWS; i++) {
		if (!same(rule->name, rows[i].name))
			continue;
		seen[i] = true;
		place.field = difference(&rows[i], rule);
		if (place.field)
			vfg_diag_add(diag, VFG_WARNING, place, "DefaultRuleModified",
				     "differs from the platform's default rule, which is used");
		return;
	}
	vfg_diag_add(diag, VFG_WARNING, place, "DefaultRuleModified",
		     "the platform has no such default rule: ignored");
}

static void compare_all(struct vfg_diag *diag, const struct vfg_nsg *nsg)
{
	struct vfg_place place = {.file = nsg->file};
	bool seen[ROWS] = {false};

	for (size_t i = 0; i < nsg->default_count; i++)
		compare(diag, place, &nsg->default_rule[i], seen);
	for (int i = 0; nsg->default_count && i < ROWS; i++) {
		place.rule = rows[i].name;
		if (!seen[i])
			vfg_diag_add(diag, VFG_WARNING, place, "DefaultRuleModified",
				     "missing from the input: the platform's is used");
	}
}

int vfg_default_append(struct vfg_diag *diag, struct vfg_tags *tags, const struct vfg_nsg *nsg,
		       struct vfg_list *list[VFG_DIRECTION_MAX])
{
	compare_all(diag, nsg);
	for (int i = 0; i < ROWS; i++) {
		int err = append(tags, diag->arena, nsg->file, &rows[i], list[rows[i].direction]);

		if (err)
			return err;
	}
	return 0;
}
