/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From Terraform's spelling of rules to the REST API's.
 */
#include "terraform.h"

static const char group_type[] = "azurerm_application_security_group";

struct name {
	const char *terraform;
	const char *rest;
};

static const struct name rule_names[] = {
	{"protocol", "protocol"},
	{"access", "access"},
	{"direction", "direction"},
	{"priority", "priority"},
	{"source_port_range", "sourcePortRange"},
	{"source_port_ranges", "sourcePortRanges"},
	{"destination_port_range", "destinationPortRange"},
	{"destination_port_ranges", "destinationPortRanges"},
	{"source_address_prefix", "sourceAddressPrefix"},
	{"source_address_prefixes", "sourceAddressPrefixes"},
	{"destination_address_prefix", "destinationAddressPrefix"},
	{"destination_address_prefixes", "destinationAddressPrefixes"},
};

static const struct name group_names[] = {
	{"source_application_security_group_ids", "sourceApplicationSecurityGroups"},
	{"destination_application_security_group_ids", "destinationApplicationSecurityGroups"},
};

static const struct name admin_names[] = {
	{"protocol", "protocol"},
	{"action", "access"},
	{"direction", "direction"},
	{"priority", "priority"},
	{"source_port_ranges", "sourcePortRanges"},
	{"destination_port_ranges", "destinationPortRanges"},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void copy_fields(struct json_object *from, struct json_object *to, const struct name *name,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_object_object_add(to, name[i].rest,
				       json_object_get(vfg_json_member(from, name[i].terraform)));
}

struct json_object *vfg_terraform_id_new(const char *id)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "id", json_object_new_string(id));
	return object;
}

struct json_object *vfg_terraform_named_new(const char *name, struct json_object *fields)
{
	struct json_object *object = json_object_new_object();

	if (name)
		json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "properties", fields);
	return object;
}

/* Ids to objects with an id; what is not known stays so. */
static struct json_object *groups_of(struct json_object *ids)
{
	struct json_object *list;

	if (!json_object_is_type(ids, json_type_array))
		return json_object_get(ids);
	list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		struct json_object *id = json_object_array_get_idx(ids, i);

		json_object_array_add(list,
				      vfg_json_is_text(id)
					      ? vfg_terraform_id_new(json_object_get_string(id))
					      : json_object_get(id));
	}
	return list;
}

struct json_object *vfg_terraform_rule_new(const struct vfg_plan *plan, struct json_object *values)
{
	struct json_object *fields = json_object_new_object();

	copy_fields(values, fields, rule_names, COUNT(rule_names));
	for (size_t i = 0; i < COUNT(group_names); i++)
		json_object_object_add(
			fields, group_names[i].rest,
			groups_of(vfg_json_member(values, group_names[i].terraform)));
	return vfg_terraform_named_new(vfg_plan_text(plan, values, "name"), fields);
}

void vfg_terraform_name_groups(const struct vfg_plan *plan,
			       const struct vfg_plan_resource *resource, struct json_object *rule)
{
	struct json_object *fields = vfg_json_member(rule, "properties");

	for (size_t i = 0; i < COUNT(group_names); i++) {
		struct json_object *ids = vfg_json_member(fields, group_names[i].rest);
		const struct vfg_plan_resource *group;
		struct json_object *list;

		if (!json_object_is_type(ids, json_type_array) ||
		    json_object_array_length(ids) != 1 ||
		    vfg_json_member(json_object_array_get_idx(ids, 0), "id"))
			continue;
		group = vfg_plan_reference(plan, resource, group_names[i].terraform, group_type);
		if (!group)
			continue;
		list = json_object_new_array();
		json_object_array_add(list, vfg_terraform_id_new(vfg_plan_id(plan, group)));
		json_object_object_add(fields, group_names[i].rest, list);
	}
}

static struct json_object *addresses_of(struct json_object *blocks)
{
	static const struct name names[] = {{"address_prefix", "addressPrefix"},
					    {"address_prefix_type", "addressPrefixType"}};
	struct json_object *list;

	if (!json_object_is_type(blocks, json_type_array))
		return json_object_get(blocks);
	list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(blocks); i++) {
		struct json_object *address = json_object_new_object();

		copy_fields(json_object_array_get_idx(blocks, i), address, names, COUNT(names));
		json_object_array_add(list, address);
	}
	return list;
}

struct json_object *vfg_terraform_admin_new(const struct vfg_plan *plan,
					    const struct vfg_plan_resource *resource)
{
	struct json_object *fields = json_object_new_object();
	struct json_object *rule =
		vfg_terraform_named_new(vfg_plan_text(plan, resource->values, "name"), fields);

	copy_fields(resource->values, fields, admin_names, COUNT(admin_names));
	json_object_object_add(fields, "sources",
			       addresses_of(vfg_json_member(resource->values, "source")));
	json_object_object_add(fields, "destinations",
			       addresses_of(vfg_json_member(resource->values, "destination")));
	json_object_object_add(rule, "id", json_object_new_string(vfg_plan_id(plan, resource)));
	json_object_object_add(rule, "kind", json_object_new_string("Custom"));
	return rule;
}
