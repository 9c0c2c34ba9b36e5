/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what `terraform show -json` prints of a plan or a state: NSGs with the rules that stand in
 * them and those that are resources of their own, what they are associated with, and security admin
 * rules. NICs are terraform_nic.c's.
 */
#include "terraform.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char nsg_type[] = "azurerm_network_security_group";
static const char rule_type[] = "azurerm_network_security_rule";

/* An NSG on its way. */
struct nsg {
	const char *name;
	const char *group; /* of resources; NULL where it is not known */
	const char *id;
	struct json_object *fields;
	struct json_object *rules; /* NULL where those that stand in it are not known */
	size_t inside;		   /* how many stand in it: they come first */
	struct nsg *next;
};

struct reader {
	struct vfg_diag *diag;
	struct vfg_document *document;
	struct vfg_plan plan;
	struct nsg *first, *last;
};

static struct nsg *nsg_new(struct reader *reader, const char *name, const char *group,
			   const char *id)
{
	struct nsg *nsg = vfg_arena_alloc(reader->diag->arena, sizeof(*nsg));
	struct json_object *object;

	if (!nsg)
		return NULL;
	nsg->name = name;
	nsg->group = group;
	nsg->id = id;
	nsg->fields = json_object_new_object();
	object = vfg_terraform_named_new(name, nsg->fields);
	json_object_object_add(object, "id", json_object_new_string(id));
	if (!reader->document->nsgs)
		reader->document->nsgs = json_object_new_array();
	json_object_array_add(reader->document->nsgs, object);
	if (reader->last)
		reader->last->next = nsg;
	else
		reader->first = nsg;
	reader->last = nsg;
	return nsg;
}

static void set_rules(struct nsg *nsg)
{
	nsg->rules = json_object_new_array();
	json_object_object_add(nsg->fields, "securityRules", nsg->rules);
}

static int read_nsg(struct reader *reader, const struct vfg_plan_resource *resource)
{
	const char *name = vfg_plan_text(&reader->plan, resource->values, "name");
	struct json_object *rules = vfg_json_member(resource->values, "security_rule");
	struct nsg *nsg =
		nsg_new(reader, name ? name : resource->address,
			vfg_plan_text(&reader->plan, resource->values, "resource_group_name"),
			vfg_plan_id(&reader->plan, resource));

	if (!nsg)
		return -ENOMEM;
	if (rules && !json_object_is_type(rules, json_type_array)) {
		json_object_object_add(nsg->fields, "securityRules", json_object_get(rules));
		return 0;
	}
	set_rules(nsg);
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);

		json_object_array_add(nsg->rules,
				      vfg_json_unresolved(reader->diag->arena, rule)
					      ? json_object_get(rule)
					      : vfg_terraform_rule_new(&reader->plan, rule));
	}
	nsg->inside = json_object_array_length(nsg->rules);
	return 0;
}

/* The NSG of a rule by the names in it. Return: NULL where there is none; -EINVAL for several. */
static int find_by_name(struct reader *reader, const char *name, const char *group,
			struct nsg **ret_nsg)
{
	*ret_nsg = NULL;
	for (struct nsg *nsg = reader->first; nsg; nsg = nsg->next) {
		if (strcasecmp(nsg->name, name) ||
		    (group && nsg->group && strcasecmp(nsg->group, group)))
			continue;
		if (*ret_nsg)
			return -EINVAL;
		*ret_nsg = nsg;
	}
	return 0;
}

static struct nsg *find_by_id(struct reader *reader, const char *id)
{
	struct nsg *nsg = reader->first;

	while (nsg && strcasecmp(nsg->id, id))
		nsg = nsg->next;
	return nsg;
}

/* One of those that stand in the NSG. */
static void drop_rule(struct nsg *nsg, const char *name)
{
	for (size_t i = nsg->inside; i-- > 0;) {
		struct json_object *rule = json_object_array_get_idx(nsg->rules, i);
		struct json_object *other = vfg_json_member(rule, "name");

		if (!name || !other || strcasecmp(json_object_get_string(other), name))
			continue;
		json_object_array_del_idx(nsg->rules, i, 1);
		nsg->inside--;
	}
}

/*
 * An NSG that was read back from the platform lists all its rules, also those that are resources of
 * their own; what the plan deletes is still among them.
 */
static void drop_deleted(struct reader *reader)
{
	size_t count = reader->plan.changes ? json_object_array_length(reader->plan.changes) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(reader->plan.changes, i);
		struct json_object *change = vfg_json_member(item, "change");
		struct json_object *before = vfg_json_member(change, "before");
		struct json_object *actions = vfg_json_array(change, "actions");
		const char *type = vfg_plan_text(&reader->plan, item, "type");
		const char *of =
			vfg_plan_text(&reader->plan, before, "network_security_group_name");
		struct nsg *nsg;

		if (!type || strcmp(type, rule_type) || !of || !actions ||
		    !strstr(json_object_to_json_string(actions), "\"delete\""))
			continue;
		if (!find_by_name(reader, of,
				  vfg_plan_text(&reader->plan, before, "resource_group_name"),
				  &nsg) &&
		    nsg && nsg->rules)
			drop_rule(nsg, vfg_plan_text(&reader->plan, before, "name"));
	}
}

/* A rule whose NSG another file makes: its other rules cannot be known. */
static struct nsg *nsg_elsewhere(struct reader *reader, const struct vfg_plan_resource *resource,
				 const char *name, const char *group)
{
	struct nsg *nsg = nsg_new(reader, name, group, name);

	if (!nsg)
		return NULL;
	set_rules(nsg);
	vfg_diag_add(reader->diag, VFG_WARNING,
		     (struct vfg_place){.file = reader->document->file, .rule = resource->address},
		     "PartialNetworkSecurityGroup",
		     "the NSG %s is not in the file: only the rules that the file adds to it are "
		     "known",
		     name);
	return nsg;
}

/* The NSG that a rule is of. Return: 0, -EINVAL where it cannot be told, -ENOMEM. */
static int nsg_of_rule(struct reader *reader, const struct vfg_plan_resource *resource,
		       struct nsg **ret_nsg)
{
	static const char attribute[] = "network_security_group_name";
	const char *name = vfg_plan_text(&reader->plan, resource->values, attribute);
	const char *group = vfg_plan_text(&reader->plan, resource->values, "resource_group_name");
	const struct vfg_plan_resource *named =
		vfg_plan_reference(&reader->plan, resource, attribute, nsg_type);
	int err;

	if (named && !name) {
		*ret_nsg = find_by_id(reader, vfg_plan_id(&reader->plan, named));
		return *ret_nsg ? 0 : -EINVAL;
	}
	err = name ? find_by_name(reader, name, group, ret_nsg) : -EINVAL;
	if (err || *ret_nsg)
		return err;
	*ret_nsg = nsg_elsewhere(reader, resource, name, group);
	return *ret_nsg ? 0 : -ENOMEM;
}

static int read_rule(struct reader *reader, const struct vfg_plan_resource *resource)
{
	struct json_object *rule;
	struct nsg *nsg;
	int err = nsg_of_rule(reader, resource, &nsg);

	if (err == -EINVAL)
		vfg_diag_add(reader->diag, VFG_ERROR,
			     (struct vfg_place){.file = reader->document->file,
						.rule = resource->address,
						.field = "network_security_group_name"},
			     "UnresolvedTemplateExpression",
			     "it cannot be told which NSG the rule is of: give the state after "
			     "terraform apply");
	if (err)
		return err == -EINVAL ? 0 : err;
	/* The provider takes rules in the NSG or rules of their own, not both. */
	if (!nsg->rules)
		set_rules(nsg);
	drop_rule(nsg, vfg_plan_text(&reader->plan, resource->values, "name"));
	rule = vfg_terraform_rule_new(&reader->plan, resource->values);
	vfg_terraform_name_groups(&reader->plan, resource, rule);
	json_object_array_add(nsg->rules, rule);
	return 0;
}

const struct vfg_plan_resource *vfg_terraform_target(const struct vfg_plan *plan,
						     const struct vfg_plan_resource *from,
						     const char *attribute, const char *type)
{
	const char *id = vfg_plan_text(plan, from->values, attribute);

	if (!id)
		return vfg_plan_reference(plan, from, attribute, type);
	for (const struct vfg_plan_resource *one = plan->first; one; one = one->next) {
		if (!strcmp(one->type, type) && !strcasecmp(vfg_plan_id(plan, one), id))
			return one;
	}
	return NULL;
}

static void read_association(struct reader *reader, const struct vfg_plan_resource *resource,
			     const char *attribute, const char *field)
{
	const struct vfg_plan_resource *target = vfg_terraform_target(
		&reader->plan, resource, "network_security_group_id", nsg_type);
	struct nsg *nsg = target ? find_by_id(reader, vfg_plan_id(&reader->plan, target)) : NULL;
	const char *id = vfg_plan_text(&reader->plan, resource->values, attribute);
	struct json_object *list;

	if (!nsg)
		return;
	list = vfg_json_array(nsg->fields, field);
	if (!list) {
		list = json_object_new_array();
		json_object_object_add(nsg->fields, field, list);
	}
	json_object_array_add(list, vfg_terraform_id_new(id ? id : resource->address));
}

static int read_nsgs(struct reader *reader)
{
	const struct vfg_plan_resource *one;
	int err = 0;

	for (one = reader->plan.first; one && !err; one = one->next) {
		if (!strcmp(one->type, nsg_type))
			err = read_nsg(reader, one);
	}
	if (!err)
		drop_deleted(reader);
	for (one = reader->plan.first; one && !err; one = one->next) {
		if (!strcmp(one->type, rule_type))
			err = read_rule(reader, one);
	}
	return err;
}

static void read_others(struct reader *reader)
{
	struct vfg_document *document = reader->document;

	for (const struct vfg_plan_resource *one = reader->plan.first; one; one = one->next) {
		if (!strcmp(one->type, "azurerm_subnet_network_security_group_association"))
			read_association(reader, one, "subnet_id", "subnets");
		if (!strcmp(one->type, "azurerm_network_interface_security_group_association"))
			read_association(reader, one, "network_interface_id", "networkInterfaces");
		if (strcmp(one->type, "azurerm_network_manager_admin_rule"))
			continue;
		if (!document->admin)
			document->admin = json_object_new_array();
		json_object_array_add(document->admin, vfg_terraform_admin_new(&reader->plan, one));
	}
}

static int read_plan(struct reader *reader, struct json_object *tree)
{
	struct vfg_document *document = reader->document;
	size_t errors = reader->diag->errors;
	int err;

	err = vfg_plan_read(reader->diag, document->file, tree, &reader->plan);
	if (!err)
		err = read_nsgs(reader);
	if (err)
		return err;
	read_others(reader);
	vfg_terraform_nics(reader->diag, &reader->plan, document);
	if (reader->diag->errors != errors)
		return -EINVAL;
	if (document->nsgs || document->admin || document->nics || document->groups)
		return 0;
	vfg_diag_add(reader->diag, VFG_ERROR, (struct vfg_place){.file = document->file},
		     "MissingNetworkSecurityGroup",
		     "the plan or state has no azurerm_network_security_group, nor anything else "
		     "that goes with one");
	return -EINVAL;
}

int vfg_terraform_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document)
{
	struct reader reader = {.diag = diag, .document = document};
	int err = read_plan(&reader, tree);

	vfg_plan_put(&reader.plan);
	return err;
}
