/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells what a JSON file is. What is not supported gets a line that names the kind seen, so that
 * nobody has to guess why a file was refused.
 */
#include "kind.h"

#include <string.h>
#include <strings.h>

static const char *string_of(struct json_object *object, const char *name)
{
	struct json_object *value = vfg_json_member(object, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static bool type_ends(struct json_object *object, const char *end)
{
	const char *text = string_of(object, "type");
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcasecmp(text + length - end_length, end);
}

static bool has(struct json_object *object, const char *name)
{
	return vfg_json_member(object, name) ||
	       vfg_json_member(vfg_json_member(object, "properties"), name);
}

/* Is there a field of this name, be it null? */
static bool has_field(struct json_object *object, const char *name)
{
	json_object_object_foreach(object, key, value)
	{
		(void)value;
		if (!strcasecmp(key, name))
			return true;
	}
	return false;
}

static bool is_admin_rule(struct json_object *object)
{
	static const char *const ends[] = {"/ruleCollections/rules", "/ruleCollections",
					   "/securityAdminConfigurations",
					   "/securityConfigurations"};

	/* The network manager's rules for NSGs look alike, and have no access. */
	if (strcasestr(string_of(object, "type"), "/securityUserConfigurations") ||
	    strcasestr(string_of(object, "id"), "/securityUserConfigurations/"))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (type_ends(object, ends[i]))
			return true;
	}
	if (strcasestr(string_of(object, "id"), "/securityAdminConfigurations/"))
		return true;
	if (!strcasecmp(string_of(vfg_json_member(object, "committedConfiguration"), "kind"),
			"SecurityAdminRuleCollection"))
		return true;
	return has(object, "direction") && (has(object, "sources") || has(object, "destinations"));
}

/* A rule of the effective ones, without the NSG around it: no id, and spelled like none of an NSG.
 */
static bool is_effective_rule(struct json_object *object)
{
	static const char *const prefix[] = {"securityRules/", "defaultSecurityRules/", "UserRule_",
					     "DefaultRule_"};
	const char *name = string_of(object, "name");

	if (!vfg_json_member(object, "direction") || vfg_json_member(object, "id"))
		return false;
	for (size_t i = 0; i < sizeof(prefix) / sizeof(*prefix); i++) {
		if (!strncasecmp(name, prefix[i], strlen(prefix[i])))
			return true;
	}
	return has_field(object, "expandedSourceAddressPrefix") ||
	       has_field(object, "expandedDestinationAddressPrefix") ||
	       !strcasecmp(string_of(object, "protocol"), "All");
}

static bool is_route(struct json_object *object)
{
	return vfg_json_member(object, "nextHopType") &&
	       (vfg_json_member(object, "source") || vfg_json_member(object, "state"));
}

static bool is_group(struct json_object *object)
{
	const char *level = strcasestr(string_of(object, "id"), "/applicationSecurityGroups/");

	if (vfg_json_member(object, "type"))
		return type_ends(object, "/applicationSecurityGroups");
	return level && !strchr(level + strlen("/applicationSecurityGroups/"), '/');
}

/* The kind of one resource, alone or as an element of a list. */
static enum vfg_kind kind_of_item(struct json_object *item)
{
	bool typed = vfg_json_member(item, "type") != NULL;

	if (!json_object_is_type(item, json_type_object))
		return VFG_KIND_UNKNOWN;
	if (type_ends(item, "/networkSecurityGroups") || (!typed && has(item, "securityRules")))
		return VFG_KIND_NSG;
	if (vfg_json_member(item, "effectiveSecurityRules") || is_effective_rule(item))
		return VFG_KIND_EFFECTIVE;
	if (is_route(item))
		return VFG_KIND_ROUTES;
	if (is_admin_rule(item))
		return VFG_KIND_ADMIN_RULES;
	if (type_ends(item, "/networkInterfaces") || (!typed && has(item, "ipConfigurations")))
		return VFG_KIND_NIC;
	if (is_group(item))
		return VFG_KIND_GROUP;
	if (type_ends(item, "/securityRules") || type_ends(item, "/defaultSecurityRules") ||
	    (!typed && has(item, "direction") && (has(item, "access") || has(item, "priority"))))
		return VFG_KIND_RULES;
	return VFG_KIND_UNKNOWN;
}

static bool schema_has(struct json_object *tree, const char *name)
{
	struct json_object *schema = vfg_json_member(tree, "$schema");

	return json_object_is_type(schema, json_type_string) &&
	       strcasestr(json_object_get_string(schema), name);
}

struct json_object *vfg_kind_list(struct json_object *tree)
{
	static const char *const name[] = {"value", "networkSecurityGroups"};

	if (json_object_is_type(tree, json_type_array))
		return tree;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		if (vfg_json_array(tree, name[i]))
			return vfg_json_array(tree, name[i]);
	}
	return NULL;
}

/* All elements are of one kind, or it is none. */
static enum vfg_kind kind_of_list(struct json_object *list)
{
	size_t count = json_object_array_length(list);
	enum vfg_kind kind = VFG_KIND_UNKNOWN;

	for (size_t i = 0; i < count; i++) {
		enum vfg_kind item = kind_of_item(json_object_array_get_idx(list, i));

		if (i && item != kind)
			return VFG_KIND_UNKNOWN;
		kind = item;
	}
	return count ? kind : VFG_KIND_NSG;
}

enum vfg_kind vfg_kind_of(struct json_object *tree)
{
	struct json_object *list = vfg_kind_list(tree);

	if (schema_has(tree, "deploymentTemplate.json"))
		return VFG_KIND_TEMPLATE;
	if (schema_has(tree, "deploymentParameters.json"))
		return VFG_KIND_PARAMETERS;
	if (vfg_json_member(tree, "format_version"))
		return VFG_KIND_TERRAFORM;
	if (vfg_json_array(tree, "values") && vfg_json_member(tree, "changeNumber"))
		return VFG_KIND_SERVICE_TAGS;
	if (vfg_json_member(tree, "NewNSG"))
		return VFG_KIND_NSG;
	return list ? kind_of_list(list) : kind_of_item(tree);
}

/*
 * The type in an ARM id, for objects that do not say theirs: ".../providers/A/b/NAME/c/NAME" is
 * "A/b/c".
 */
static const char *type_of_id(struct vfg_arena *arena, const char *id)
{
	const char *at = strcasestr(id, "/providers/");
	const char *type = NULL;

	if (!at)
		return NULL;
	at += strlen("/providers/");
	for (size_t part = 0; *at; part++) {
		size_t length = strcspn(at, "/");

		if (!part)
			type = vfg_arena_format(arena, "%.*s", (int)length, at);
		else if (part % 2 && type)
			type = vfg_arena_format(arena, "%s/%.*s", type, (int)length, at);
		at += length + (at[length] == '/');
	}
	return type;
}

/* Answers of the platform that people take for rules, by a field that only they have. */
static const struct {
	const char *field;
	const char *with;
	const char *name;
} answers[] = {
	{"error", NULL, "an error message of the platform"},
	{"securityRuleAssociations", NULL,
	 "a security group view (give what az network nic list-effective-nsg prints)"},
	{"ruleName", "access", "an answer of IP flow verify"},
	{"results", NULL, "an NSG diagnostic"},
	{"records", NULL, "a flow log"},
	{"flowRecords", NULL, "a flow log"},
	{"responses", "parameters",
	 "an example of the API's description (give what stands in a response's body)"},
	{"interactions", NULL,
	 "a recording of calls of the API (give what stands in a response's body)"},
	{"swagger", NULL, "a description of the API"},
	{"terraform_version", "resources",
	 "a Terraform state file (give what terraform show -json prints)"},
};

static const char *answer_of(struct json_object *object)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		if (vfg_json_member(object, answers[i].field) &&
		    (!answers[i].with || vfg_json_member(object, answers[i].with)))
			return answers[i].name;
	}
	return NULL;
}

/* What an object says it is; NULL where it says nothing. */
static const char *type_of(struct vfg_arena *arena, struct json_object *object)
{
	const char *type = vfg_json_text(arena, vfg_json_member(object, "type"));
	struct json_object *active = vfg_json_member(object, "committedConfiguration");

	object = active ? active : object;
	if (!type)
		type = type_of_id(arena, string_of(object, "id"));
	if (!type)
		type = vfg_json_text(arena, vfg_json_member(object, "kind"));
	return type;
}

/* NULL where it is none of ours. */
static const char *name_of(enum vfg_kind kind)
{
	switch (kind) {
	case VFG_KIND_UNKNOWN:
		return NULL;
	case VFG_KIND_NSG:
		return "a network security group";
	case VFG_KIND_RULES:
		return "a security rule";
	case VFG_KIND_EFFECTIVE:
		return "effective security rules";
	case VFG_KIND_TEMPLATE:
		return "an ARM template";
	case VFG_KIND_TERRAFORM:
		return "a Terraform plan or state";
	case VFG_KIND_ADMIN_RULES:
		return "security admin rules";
	case VFG_KIND_NIC:
		return "a network interface";
	case VFG_KIND_GROUP:
		return "an application security group";
	case VFG_KIND_SERVICE_TAGS:
		return "a service tags file";
	case VFG_KIND_ROUTES:
		return "effective routes";
	case VFG_KIND_PARAMETERS:
		return "parameters of an ARM template";
	}
	return NULL;
}

static const char *item_name(struct vfg_arena *arena, struct json_object *item)
{
	return type_of(arena, item) ?: name_of(kind_of_item(item));
}

static const char *of_list(struct vfg_arena *arena, struct json_object *list)
{
	const char *first = item_name(arena, json_object_array_get_idx(list, 0));

	for (size_t i = 1; first && i < json_object_array_length(list); i++) {
		const char *other = item_name(arena, json_object_array_get_idx(list, i));

		if (!other || strcasecmp(first, other))
			return vfg_arena_format(arena, "a list of mixed kinds (%s, %s)", first,
						other ? other : "one without a type");
	}
	return first ? vfg_arena_format(arena, "a list of type %s", first) : NULL;
}

static const char *of_type(struct vfg_arena *arena, struct json_object *tree)
{
	struct json_object *list = vfg_kind_list(tree);
	struct json_object *view = vfg_json_array(tree, "networkInterfaces");
	struct json_object *item = list ? json_object_array_get_idx(list, 0) : tree;
	const char *name = answer_of(view ? json_object_array_get_idx(view, 0) : item);

	if (name)
		return name;
	if (list)
		return of_list(arena, list) ?: "a list of an unknown kind";
	name = type_of(arena, tree);
	return (name ? vfg_arena_format(arena, "JSON of type %s", name) : NULL)
		       ?: "JSON of an unknown kind";
}

const char *vfg_kind_name(struct vfg_arena *arena, struct json_object *tree)
{
	enum vfg_kind kind = vfg_kind_of(tree);
	struct json_object *list = vfg_kind_list(tree);

	if (list && kind == VFG_KIND_NSG && !json_object_array_length(list))
		return "an empty list";
	if (kind == VFG_KIND_RULES && list)
		return "a list of security rules";
	return name_of(kind) ?: of_type(arena, tree);
}
