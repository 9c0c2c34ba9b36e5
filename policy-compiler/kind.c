/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells what a JSON file is, and finds the one NSG in it. What is not supported gets a line that
 * names the kind seen, so that nobody has to guess why a file was refused.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "nsg.h"

enum {
	NAMES_SHOWN = 20,
};

static const char taken[] = "one network security group is taken, as the REST API or `az network "
			    "nsg show` prints it";

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

static bool is_nsg(struct json_object *object)
{
	struct json_object *properties = vfg_json_member(object, "properties");

	if (type_ends(object, "/networkSecurityGroups"))
		return true;
	if (vfg_json_member(object, "type"))
		return false;
	return vfg_json_member(object, "securityRules") ||
	       vfg_json_member(properties, "securityRules");
}

static bool is_effective(struct json_object *object)
{
	static const char *const list[] = {"value", "networkSecurityGroups"};

	if (vfg_json_member(object, "effectiveSecurityRules"))
		return true;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct json_object *array = vfg_json_array(object, list[i]);

		if (array && json_object_array_length(array) &&
		    vfg_json_member(json_object_array_get_idx(array, 0), "effectiveSecurityRules"))
			return true;
	}
	return false;
}

static bool is_template(struct json_object *object)
{
	struct json_object *schema = vfg_json_member(object, "$schema");

	return json_object_is_type(schema, json_type_string) &&
	       strcasestr(json_object_get_string(schema), "deploymentTemplate.json");
}

static bool is_rule(struct json_object *object)
{
	struct json_object *properties = vfg_json_member(object, "properties");

	return type_ends(object, "/securityRules") || type_ends(object, "/defaultSecurityRules") ||
	       vfg_json_member(object, "direction") || vfg_json_member(properties, "direction");
}

/* What a file that holds no NSG is, for people. */
static const char *kind_name(struct vfg_arena *arena, struct json_object *tree)
{
	struct json_object *first = tree;
	const char *type;

	if (json_object_is_type(tree, json_type_array))
		first = json_object_array_get_idx(tree, 0);
	else if (vfg_json_array(tree, "value"))
		first = json_object_array_get_idx(vfg_json_array(tree, "value"), 0);

	if (is_template(tree))
		return "an ARM template (not supported yet)";
	if (is_effective(tree) || is_effective(first))
		return "effective security rules (not supported yet)";
	if (vfg_json_member(tree, "format_version"))
		return "a Terraform plan or state (not supported yet)";
	if (vfg_json_member(tree, "values") && vfg_json_member(tree, "changeNumber"))
		return "a service tags file (give it with --service-tags)";
	if (vfg_json_member(tree, "error"))
		return "an error message of the platform";
	type = vfg_json_text(arena, vfg_json_member(first, "type"));
	if (type)
		return vfg_arena_format(arena, "%s of type %s", first == tree ? "JSON" : "a list",
					type);
	if (is_rule(first))
		return first == tree ? "a single security rule" : "a list of security rules";
	return first == tree ? "JSON of an unknown kind" : "a list of an unknown kind";
}

static const char *name_of(struct json_object *nsg)
{
	struct json_object *name = vfg_json_member(nsg, "name");

	return json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "?";
}

static const char *id_of(struct json_object *nsg)
{
	struct json_object *id = vfg_json_member(nsg, "id");

	return json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
}

/* Names are unique in a resource group only, so an id chooses too. */
static bool is_selected(struct json_object *nsg, const char *select)
{
	return !select || !strcasecmp(name_of(nsg), select) || !strcasecmp(id_of(nsg), select);
}

/* The names of all, or the ids of those that are selected. */
static const char *names_of(struct vfg_arena *arena, struct json_object *array, const char *select)
{
	size_t count = json_object_array_length(array), shown = 0;
	const char *names = "";

	for (size_t i = 0; i < count && names; i++) {
		struct json_object *nsg = json_object_array_get_idx(array, i);

		if (!is_selected(nsg, select))
			continue;
		if (shown == NAMES_SHOWN)
			return vfg_arena_format(arena, "%s, ...", names) ?: "";
		names = vfg_arena_format(arena, "%s%s%s", names, shown++ ? ", " : "",
					 select ? id_of(nsg) : name_of(nsg));
	}
	return names ? names : "";
}

static int choose(struct vfg_diag *diag, struct vfg_place place, const char *select,
		  struct json_object *array, struct json_object **ret_nsg)
{
	size_t count = json_object_array_length(array), found = 0;
	struct json_object *nsg = NULL;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (is_selected(item, select)) {
			nsg = item;
			found++;
		}
	}
	if (found == 1) {
		*ret_nsg = nsg;
		return 0;
	}
	if (!count)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "the list of network security groups is empty");
	else if (!found)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "no NSG is named %s; there are: %s", select,
			     names_of(diag->arena, array, NULL));
	else if (!select)
		vfg_diag_add(diag, VFG_ERROR, place, "AmbiguousNetworkSecurityGroup",
			     "%zu NSGs, choose one with FILE#NAME: %s", found,
			     names_of(diag->arena, array, NULL));
	else
		vfg_diag_add(diag, VFG_ERROR, place, "AmbiguousNetworkSecurityGroup",
			     "%zu NSGs are named %s, choose one with FILE#ID: %s", found, select,
			     names_of(diag->arena, array, select));
	return -EINVAL;
}

static bool all_nsgs(struct json_object *array)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (!is_nsg(json_object_array_get_idx(array, i)))
			return false;
	}
	return true;
}

int vfg_nsg_find(struct vfg_diag *diag, const char *file, const char *select,
		 struct json_object *tree, struct json_object **ret_nsg)
{
	struct vfg_place place = {.file = file};
	struct json_object *created = vfg_json_member(tree, "NewNSG");
	struct json_object *array = vfg_json_array(tree, "value");

	if (json_object_is_type(tree, json_type_array))
		array = tree;
	if (created)
		tree = created;
	if (array && all_nsgs(array))
		return choose(diag, place, select, array, ret_nsg);
	if (!is_nsg(tree)) {
		vfg_diag_add(diag, VFG_ERROR, place, "UnsupportedSource", "this is %s; %s",
			     kind_name(diag->arena, tree), taken);
		return -EINVAL;
	}
	if (!is_selected(tree, select)) {
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "no NSG is named %s; there is: %s", select, name_of(tree));
		return -EINVAL;
	}
	*ret_nsg = tree;
	return 0;
}
