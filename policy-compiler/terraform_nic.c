/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NICs and application security groups of a Terraform plan or state, in the REST API's shape. The
 * membership is a resource of its own there, and an attribute of every IP configuration here.
 */
#include <string.h>
#include <strings.h>

#include "terraform.h"

static const char nic_type[] = "azurerm_network_interface";
static const char group_type[] = "azurerm_application_security_group";
static const char member_type[] =
	"azurerm_network_interface_application_security_group_association";

struct reader {
	struct vfg_diag *diag;
	const struct vfg_plan *plan;
	struct vfg_document *document;
};

static void add(struct json_object **list, struct json_object *item)
{
	if (!*list)
		*list = json_object_new_array();
	json_object_array_add(*list, item);
}

static struct json_object *configuration_new(struct json_object *address,
					     struct json_object *version)
{
	struct json_object *fields = json_object_new_object();

	json_object_object_add(fields, "privateIPAddress", address);
	json_object_object_add(fields, "privateIPAddressVersion", version);
	return vfg_terraform_named_new(NULL, fields);
}

static struct json_object *nic_new(const char *name, const char *id,
				   struct json_object *configurations)
{
	struct json_object *fields = json_object_new_object();
	struct json_object *nic = vfg_terraform_named_new(name, fields);

	json_object_object_add(nic, "id", json_object_new_string(id));
	json_object_object_add(nic, "type",
			       json_object_new_string("Microsoft.Network/networkInterfaces"));
	json_object_object_add(fields, "ipConfigurations", configurations);
	return nic;
}

static void read_nic(struct reader *reader, const struct vfg_plan_resource *resource)
{
	struct json_object *blocks = vfg_json_member(resource->values, "ip_configuration");
	struct json_object *list = json_object_new_array();
	size_t count =
		json_object_is_type(blocks, json_type_array) ? json_object_array_length(blocks) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *block = json_object_array_get_idx(blocks, i);
		struct json_object *address = vfg_json_member(block, "private_ip_address");

		/* A block that is not known has an address that is not. */
		if (vfg_json_unresolved(reader->diag->arena, block))
			address = block;
		json_object_array_add(
			list, configuration_new(json_object_get(address),
						json_object_get(vfg_json_member(
							block, "private_ip_address_version"))));
	}
	if (vfg_json_unresolved(reader->diag->arena, blocks))
		json_object_array_add(list, configuration_new(json_object_get(blocks), NULL));
	add(&reader->document->nics, nic_new(vfg_plan_text(reader->plan, resource->values, "name"),
					     vfg_plan_id(reader->plan, resource), list));
}

static void read_group(struct reader *reader, const struct vfg_plan_resource *resource)
{
	const char *name = vfg_plan_text(reader->plan, resource->values, "name");
	struct json_object *group = vfg_terraform_id_new(vfg_plan_id(reader->plan, resource));

	if (name)
		json_object_object_add(group, "name", json_object_new_string(name));
	json_object_object_add(
		group, "type",
		json_object_new_string("Microsoft.Network/applicationSecurityGroups"));
	add(&reader->document->groups, group);
}

static struct json_object *find_nic(struct reader *reader, const char *id)
{
	struct json_object *nics = reader->document->nics;

	for (size_t i = 0; nics && i < json_object_array_length(nics); i++) {
		struct json_object *nic = json_object_array_get_idx(nics, i);
		struct json_object *other = vfg_json_member(nic, "id");

		if (!strcasecmp(json_object_get_string(other), id))
			return nic;
	}
	return NULL;
}

/* A NIC whose addresses the file does not say. */
static struct json_object *nic_elsewhere(struct reader *reader, const char *id)
{
	const char *why = vfg_arena_format(reader->diag->arena,
					   "the addresses of the NIC %s are not in the file", id);
	struct json_object *list = json_object_new_array(), *nic;

	json_object_array_add(
		list, configuration_new(vfg_json_unresolved_new(why ? why : "no memory"), NULL));
	nic = nic_new(NULL, id, list);
	add(&reader->document->nics, nic);
	return nic;
}

static void join(struct json_object *nic, const char *group)
{
	struct json_object *list =
		vfg_json_array(vfg_json_member(nic, "properties"), "ipConfigurations");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *fields =
			vfg_json_member(json_object_array_get_idx(list, i), "properties");
		struct json_object *groups = vfg_json_array(fields, "applicationSecurityGroups");

		if (!groups) {
			groups = json_object_new_array();
			json_object_object_add(fields, "applicationSecurityGroups", groups);
		}
		json_object_array_add(groups, vfg_terraform_id_new(group));
	}
}

/* The id that one end of a membership has, known or by the configuration; NULL where it cannot be
 * told. */
static const char *end_of(struct reader *reader, const struct vfg_plan_resource *resource,
			  const char *attribute, const char *type)
{
	const char *id = vfg_plan_text(reader->plan, resource->values, attribute);
	const struct vfg_plan_resource *target;

	if (id)
		return id;
	target = vfg_plan_reference(reader->plan, resource, attribute, type);
	return target ? vfg_plan_id(reader->plan, target) : NULL;
}

static void read_member(struct reader *reader, const struct vfg_plan_resource *resource)
{
	const char *group = end_of(reader, resource, "application_security_group_id", group_type);
	const char *id = end_of(reader, resource, "network_interface_id", nic_type);
	struct json_object *nic;

	if (!group) {
		vfg_diag_add(reader->diag, VFG_ERROR,
			     (struct vfg_place){.file = reader->document->file,
						.rule = resource->address,
						.field = "application_security_group_id"},
			     "UnresolvedTemplateExpression",
			     "it cannot be told which group the NIC is a member of: give the state "
			     "after terraform apply");
		return;
	}
	/* A member that is not known keeps the group's addresses from being known. */
	id = id ? id : resource->address;
	nic = find_nic(reader, id);
	join(nic ? nic : nic_elsewhere(reader, id), group);
}

void vfg_terraform_nics(struct vfg_diag *diag, const struct vfg_plan *plan,
			struct vfg_document *document)
{
	struct reader reader = {.diag = diag, .plan = plan, .document = document};
	const struct vfg_plan_resource *one;

	for (one = plan->first; one; one = one->next) {
		if (!strcmp(one->type, nic_type))
			read_nic(&reader, one);
		if (!strcmp(one->type, group_type))
			read_group(&reader, one);
	}
	for (one = plan->first; one; one = one->next) {
		if (!strcmp(one->type, member_type))
			read_member(&reader, one);
	}
}
