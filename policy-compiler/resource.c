/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evaluates resources, and puts rules that are resources of their own into their NSGs. What is not
 * known stays visible in what comes out, for the rooms behind to refuse when they read it.
 */
#include "resource.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum vfg_resource_kind vfg_resource_kind_of(const char *type)
{
	static const struct {
		const char *type;
		enum vfg_resource_kind kind;
	} kinds[] = {
		{"Microsoft.Network/networkSecurityGroups", VFG_RESOURCE_NSG},
		{"Microsoft.Network/networkSecurityGroups/securityRules", VFG_RESOURCE_RULE},
		{"Microsoft.Network/networkInterfaces", VFG_RESOURCE_NIC},
		{"Microsoft.Network/applicationSecurityGroups", VFG_RESOURCE_GROUP},
		{"Microsoft.Network/networkManagers", VFG_RESOURCE_ADMIN_PARENT},
		{"Microsoft.Network/networkManagers/securityAdminConfigurations",
		 VFG_RESOURCE_ADMIN_PARENT},
		{"Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections",
		 VFG_RESOURCE_ADMIN_PARENT},
		{"Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/"
		 "rules",
		 VFG_RESOURCE_ADMIN},
		{"Microsoft.Resources/deployments", VFG_RESOURCE_DEPLOYMENT},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcasecmp(kinds[i].type, type))
			return kinds[i].kind;
	}
	return VFG_RESOURCE_OTHER;
}

const char *vfg_resource_last_part(const char *name)
{
	const char *last = NULL;
	int depth = 0;

	for (; *name; name++) {
		depth += (*name == '[') - (*name == ']' && depth > 0);
		if (*name == '/' && !depth)
			last = name;
	}
	return last;
}

/* How far the first part of a name or a type goes. */
static size_t part_length(const char *name)
{
	size_t length = 0;
	int depth = 0;

	for (; name[length] && (name[length] != '/' || depth); length++)
		depth += (name[length] == '[') - (name[length] == ']' && depth > 0);
	return length;
}

/* Namespace/type/subtype and name/subname make /Namespace/type/name/subtype/subname. */
static const char *id_of(struct vfg_arena *arena, const struct vfg_resource *resource)
{
	const char *type = resource->type, *name = resource->name;
	size_t length = part_length(type);
	const char *id =
		vfg_arena_format(arena, "%s/providers/%.*s", resource->scope, (int)length, type);

	type += length;
	while (id && *type == '/') {
		size_t type_length = part_length(++type), name_length = part_length(name);

		id = vfg_arena_format(arena, "%s/%.*s/%.*s", id, (int)type_length, type,
				      (int)name_length, name);
		type += type_length;
		name += name_length;
		name += *name == '/';
	}
	return id;
}

static int put(struct json_object *object, const char *name, struct json_object *value)
{
	return json_object_object_add(object, name, value) ? -ENOMEM : 0;
}

static int put_text(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value = text ? json_object_new_string(text) : NULL;

	return value ? put(object, name, value) : -ENOMEM;
}

int vfg_inventory_open(struct vfg_inventory *inventory, struct vfg_evaluation *evaluation)
{
	struct json_object **list[] = {&inventory->nsgs, &inventory->nics, &inventory->groups,
				       &inventory->admin};
	int err = 0;

	*inventory = (struct vfg_inventory){.evaluation = evaluation};
	for (size_t i = 0; !err && i < sizeof(list) / sizeof(*list); i++)
		err = vfg_evaluation_keep(evaluation, json_object_new_array(), list[i]);
	return err;
}

/* An object of its own with the members of @properties, which others may share. */
static int copy_members(struct vfg_inventory *inventory, struct json_object *properties,
			struct json_object **ret_copy)
{
	int err = vfg_evaluation_keep(inventory->evaluation, json_object_new_object(), ret_copy);

	if (!json_object_is_type(properties, json_type_object))
		return err;
	json_object_object_foreach(properties, name, value)
	{
		if (!err)
			err = put(*ret_copy, name, json_object_get(value));
	}
	return err;
}

/* Members of @properties that are read, all of them @doubt. */
static int put_doubt(struct json_object *properties, enum vfg_resource_kind kind,
		     struct json_object *doubt)
{
	static const char *const field[] = {"protocol", "access", "direction", "priority"};
	int err = 0;

	if (kind == VFG_RESOURCE_NSG)
		return put(properties, "securityRules", json_object_get(doubt));
	if (kind == VFG_RESOURCE_NIC)
		return put(properties, "ipConfigurations", json_object_get(doubt));
	for (size_t i = 0; !err && kind == VFG_RESOURCE_ADMIN && i < 4; i++)
		err = put(properties, field[i], json_object_get(doubt));
	return err;
}

/* Evaluates the properties as they are written, with the resource's name in the messages. */
static int evaluate(struct vfg_template *template, const struct vfg_resource *resource,
		    struct json_object **ret_properties)
{
	struct vfg_evaluation_place *place = &template->evaluation->place;
	const char *slash = vfg_resource_last_part(resource->name);
	int err;

	place->in_nsg = resource->kind == VFG_RESOURCE_NSG;
	if (resource->kind == VFG_RESOURCE_RULE || resource->kind == VFG_RESOURCE_ADMIN)
		place->rule = slash ? slash + 1 : resource->name;
	err = vfg_template_value(template, vfg_json_member(resource->source, "properties"),
				 ret_properties);
	*place = (struct vfg_evaluation_place){0};
	return err;
}

/* The properties of a resource, evaluated; with what is not known in the place of what is read. */
static int properties_of(struct vfg_inventory *inventory, struct vfg_template *template,
			 const struct vfg_resource *resource, struct json_object **ret_properties)
{
	struct json_object *properties = NULL, *doubt = resource->doubt;
	int err = 0;

	if (!doubt)
		err = evaluate(template, resource, &properties);
	if (!err && vfg_json_is_unresolved(properties))
		doubt = properties;
	if (!err && resource->kind == VFG_RESOURCE_RULE) {
		*ret_properties = doubt ? doubt : properties;
		return 0;
	}
	if (!err)
		err = copy_members(inventory, doubt ? NULL : properties, ret_properties);
	if (!err && doubt)
		err = put_doubt(*ret_properties, resource->kind, doubt);
	/* In a template, an NSG without rules is one that has none. */
	if (!err && resource->kind == VFG_RESOURCE_NSG &&
	    !vfg_json_member(*ret_properties, "securityRules")) {
		json_object_object_del(*ret_properties, "securityRules");
		err = put(*ret_properties, "securityRules", json_object_new_array());
	}
	return err;
}

/* {"name","id","type","properties"} */
static int object_of(struct vfg_inventory *inventory, const struct vfg_resource *resource,
		     struct json_object *properties, struct json_object **ret_object)
{
	const char *slash = vfg_resource_last_part(resource->name);
	int err = vfg_evaluation_keep(inventory->evaluation, json_object_new_object(), ret_object);

	if (!err)
		err = put_text(*ret_object, "name", slash ? slash + 1 : resource->name);
	if (!err)
		err = put_text(*ret_object, "id",
			       id_of(inventory->evaluation->diag->arena, resource));
	if (!err)
		err = put_text(*ret_object, "type", resource->type);
	return err ? err : put(*ret_object, "properties", json_object_get(properties));
}

static int grow_children(struct vfg_inventory *inventory)
{
	size_t room = inventory->child_room * 2 + 64;
	struct vfg_child_rule *child;

	if (inventory->child_count < inventory->child_room)
		return 0;
	child = vfg_arena_array(inventory->evaluation->diag->arena, room, sizeof(*child));
	if (!child)
		return -ENOMEM;
	if (inventory->child_count)
		memcpy(child, inventory->child, inventory->child_count * sizeof(*child));
	inventory->child = child;
	inventory->child_room = room;
	return 0;
}

/* A rule that names its NSG: "nsg/rule". */
static int add_child(struct vfg_inventory *inventory, const struct vfg_resource *resource,
		     struct json_object *rule)
{
	struct vfg_arena *arena = inventory->evaluation->diag->arena;
	const char *slash = vfg_resource_last_part(resource->name);
	struct vfg_resource nsg = {
		.type = "Microsoft.Network/networkSecurityGroups",
		.scope = resource->scope,
	};
	int err = grow_children(inventory);

	if (!slash && !resource->known) {
		nsg.name = resource->name;
	} else if (!slash) {
		return vfg_evaluation_fail(inventory->evaluation,
					   "the rule %s does not name its NSG: NSG/RULE",
					   resource->name);
	} else {
		nsg.name =
			vfg_arena_strndup(arena, resource->name, (size_t)(slash - resource->name));
	}
	if (err || !nsg.name)
		return -ENOMEM;
	inventory->child[inventory->child_count++] = (struct vfg_child_rule){
		.nsg = nsg.name,
		.nsg_id = id_of(arena, &nsg),
		.known = resource->known,
		.name = slash ? slash + 1 : resource->name,
		.rule = rule,
	};
	return inventory->child[inventory->child_count - 1].nsg_id ? 0 : -ENOMEM;
}

static struct json_object *list_for(const struct vfg_inventory *inventory,
				    enum vfg_resource_kind kind)
{
	switch (kind) {
	case VFG_RESOURCE_NSG:
		return inventory->nsgs;
	case VFG_RESOURCE_NIC:
		return inventory->nics;
	case VFG_RESOURCE_GROUP:
		return inventory->groups;
	case VFG_RESOURCE_ADMIN:
		return inventory->admin;
	case VFG_RESOURCE_RULE:
	case VFG_RESOURCE_OTHER:
	case VFG_RESOURCE_ADMIN_PARENT:
	case VFG_RESOURCE_DEPLOYMENT:
		break;
	}
	return NULL;
}

int vfg_inventory_add(struct vfg_inventory *inventory, struct vfg_template *template,
		      const struct vfg_resource *resource)
{
	struct json_object *kind = vfg_json_member(resource->source, "kind");
	struct json_object *list = list_for(inventory, resource->kind);
	struct json_object *properties = NULL, *object;
	int err = properties_of(inventory, template, resource, &properties);

	if (!err)
		err = object_of(inventory, resource, properties, &object);
	if (!err && kind)
		err = vfg_template_value(template, kind, &kind);
	if (!err && kind)
		err = put(object, "kind", json_object_get(kind));
	if (err)
		return err;
	if (resource->kind == VFG_RESOURCE_RULE)
		return add_child(inventory, resource, object);
	if (!list)
		return 0;
	return json_object_array_add(list, json_object_get(object)) ? -ENOMEM : 0;
}
