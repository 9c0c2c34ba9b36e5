/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells what a JSON file is. What is not supported gets a line that names the kind seen, so that
 * nobody has to guess why a file was refused.
 */
#include "kind.h"

#include <string.h>
#include <strings.h>

static bool type_ends(struct json_object *object, const char *end)
{
	struct json_object *type = vfg_json_member(object, "type");
	const char *text;
	size_t length, end_length = strlen(end);

	if (!json_object_is_type(type, json_type_string))
		return false;
	text = json_object_get_string(type);
	length = strlen(text);
	return length >= end_length && !strcasecmp(text + length - end_length, end);
}

static bool has(struct json_object *object, const char *name)
{
	return vfg_json_member(object, name) ||
	       vfg_json_member(vfg_json_member(object, "properties"), name);
}

static bool is_admin_rule(struct json_object *object)
{
	static const char *const ends[] = {"/ruleCollections/rules", "/ruleCollections",
					   "/securityAdminConfigurations",
					   "/securityConfigurations"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (type_ends(object, ends[i]))
			return true;
	}
	return has(object, "direction") && (has(object, "sources") || has(object, "destinations"));
}

/* The kind of one resource, alone or as an element of a list. */
static enum vfg_kind kind_of_item(struct json_object *item)
{
	bool typed = vfg_json_member(item, "type") != NULL;

	if (type_ends(item, "/networkSecurityGroups") || (!typed && has(item, "securityRules")))
		return VFG_KIND_NSG;
	if (vfg_json_member(item, "effectiveSecurityRules"))
		return VFG_KIND_EFFECTIVE;
	if (vfg_json_member(item, "nextHopType"))
		return VFG_KIND_ROUTES;
	if (is_admin_rule(item))
		return VFG_KIND_ADMIN_RULES;
	if (type_ends(item, "/networkInterfaces") || (!typed && has(item, "ipConfigurations")))
		return VFG_KIND_NIC;
	if (type_ends(item, "/applicationSecurityGroups"))
		return VFG_KIND_GROUP;
	if (type_ends(item, "/securityRules") || type_ends(item, "/defaultSecurityRules") ||
	    has(item, "direction"))
		return VFG_KIND_RULES;
	return VFG_KIND_UNKNOWN;
}

static bool schema_has(struct json_object *tree, const char *name)
{
	struct json_object *schema = vfg_json_member(tree, "$schema");

	return json_object_is_type(schema, json_type_string) &&
	       strcasestr(json_object_get_string(schema), name);
}

/* The list that an answer of the API wraps, or @tree itself where it is an array. */
static struct json_object *list_of(struct json_object *tree)
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
	struct json_object *list = list_of(tree);

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

static const char *of_type(struct vfg_arena *arena, struct json_object *tree)
{
	struct json_object *list = list_of(tree);
	struct json_object *first = list ? json_object_array_get_idx(list, 0) : tree;
	const char *type = vfg_json_text(arena, vfg_json_member(first, "type"));

	if (vfg_json_member(tree, "error"))
		return "an error message of the platform";
	if (!type)
		return list ? "a list of an unknown kind" : "JSON of an unknown kind";
	return vfg_arena_format(arena, "%s of type %s", list ? "a list" : "JSON", type) ?: "";
}

const char *vfg_kind_name(struct vfg_arena *arena, struct json_object *tree)
{
	switch (vfg_kind_of(tree)) {
	case VFG_KIND_UNKNOWN:
		return of_type(arena, tree);
	case VFG_KIND_NSG:
		return "a network security group";
	case VFG_KIND_RULES:
		return list_of(tree) ? "a list of security rules" : "a single security rule";
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
	return "JSON of an unknown kind";
}
