/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The resources in what `terraform show -json` prints. In a plan, values that are known only after
 * the apply are absent from the planned values, and marked in the changes: here they are put back
 * as not known, so that nobody takes them for not set.
 */
#include "plan.h"

#include <errno.h>
#include <string.h>

struct walk {
	struct vfg_diag *diag;
	const char *file;
	struct vfg_plan *plan;
	struct json_object *unknown; /* address to after_unknown */
};

/* Names are Terraform's here, where case counts. */
static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

static struct json_object *list(struct json_object *object, const char *name)
{
	struct json_object *value = member(object, name);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

static size_t length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static struct json_object *at(struct json_object *array, size_t index)
{
	return index < length(array) ? json_object_array_get_idx(array, index) : NULL;
}

static bool any_unknown(struct json_object *unknown)
{
	if (json_object_is_type(unknown, json_type_object)) {
		json_object_object_foreach(unknown, name, value)
		{
			(void)name;
			if (any_unknown(value))
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < length(unknown); i++) {
		if (any_unknown(at(unknown, i)))
			return true;
	}
	return json_object_is_type(unknown, json_type_boolean) && json_object_get_boolean(unknown);
}

/* A value with what is not known put in; the caller's. */
static struct json_object *fill(struct json_object *value, struct json_object *unknown,
				const char *why)
{
	struct json_object *filled;

	if (json_object_is_type(unknown, json_type_boolean) && json_object_get_boolean(unknown))
		return vfg_json_unresolved_new(why);
	if (!any_unknown(unknown))
		return json_object_get(value);
	if (json_object_is_type(unknown, json_type_array)) {
		filled = json_object_new_array();
		for (size_t i = 0; i < length(unknown) || i < length(value); i++)
			json_object_array_add(filled, fill(at(value, i), at(unknown, i), why));
		return filled;
	}
	filled = json_object_new_object();
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, known, item)
			json_object_object_add(filled, known, json_object_get(item));
	}
	json_object_object_foreach(unknown, name, mark)
	{
		if (any_unknown(mark))
			json_object_object_add(filled, name, fill(member(value, name), mark, why));
	}
	return filled;
}

/* Of a resource's address: "module.net." and "[0]". */
static int split_address(struct vfg_arena *arena, struct json_object *item,
			 struct vfg_plan_resource *resource)
{
	const char *name = vfg_json_text(arena, member(item, "name"));
	const char *local = vfg_arena_format(arena, "%s.%s", resource->type, name ? name : "");
	size_t prefix = strlen(resource->module);

	if (!local)
		return -ENOMEM;
	resource->index = "";
	if (strlen(resource->address) > prefix + strlen(local) &&
	    !strncmp(resource->address + prefix, local, strlen(local)))
		resource->index = resource->address + prefix + strlen(local);
	return 0;
}

/* The expressions of a resource in its module's configuration, NULL where there are none. */
static struct json_object *expressions_of(struct json_object *configuration,
					  struct json_object *item)
{
	struct json_object *resources = list(configuration, "resources");

	for (size_t i = 0; i < length(resources); i++) {
		struct json_object *resource = at(resources, i);

		if (json_object_equal(member(resource, "type"), member(item, "type")) &&
		    json_object_equal(member(resource, "name"), member(item, "name")))
			return member(resource, "expressions");
	}
	return NULL;
}

static int add_resource(struct walk *walk, struct json_object *item, const char *module,
			struct json_object *configuration)
{
	struct vfg_arena *arena = walk->diag->arena;
	struct vfg_plan_resource *resource = vfg_arena_alloc(arena, sizeof(*resource));
	const char *why;

	if (!resource)
		return -ENOMEM;
	resource->address = vfg_json_text(arena, member(item, "address"));
	resource->type = vfg_json_text(arena, member(item, "type"));
	resource->module = module;
	if (!resource->address || !resource->type) {
		vfg_diag_add(walk->diag, VFG_ERROR, (struct vfg_place){.file = walk->file},
			     "InvalidFieldType", "a resource has no address");
		return -EINVAL;
	}
	why = vfg_arena_format(arena,
			       "a value of %s is known only after terraform apply: give the state "
			       "after it, or write the value out",
			       resource->address);
	if (!why || split_address(arena, item, resource))
		return -ENOMEM;
	resource->expressions = expressions_of(configuration, item);
	resource->values =
		fill(member(item, "values"), member(walk->unknown, resource->address), why);
	if (walk->plan->last)
		walk->plan->last->next = resource;
	else
		walk->plan->first = resource;
	walk->plan->last = resource;
	return 0;
}

/* Is it one that says anything about a network's security? Looks up no others. */
static bool is_wanted(struct json_object *item)
{
	static const char *const wanted[] = {"azurerm_network_", "azurerm_subnet_network_security_",
					     "azurerm_application_security_group"};
	const char *type = json_object_get_string(member(item, "type"));
	const char *mode = json_object_get_string(member(item, "mode"));

	if (!type || (mode && strcmp(mode, "managed")))
		return false;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (!strncmp(type, wanted[i], strlen(wanted[i])))
			return true;
	}
	return false;
}

/* The configuration of a child module: "module.a.module.net[0]" is called "net" in its parent. */
static struct json_object *called(struct json_object *configuration, const char *address,
				  const char *parent)
{
	char name[256];
	const char *start = address + strlen(parent);
	size_t bytes;

	if (strncmp(address, parent, strlen(parent)) || strncmp(start, "module.", 7))
		return NULL;
	start += 7;
	bytes = strcspn(start, "[");
	if (bytes >= sizeof(name))
		return NULL;
	memcpy(name, start, bytes);
	name[bytes] = '\0';
	return member(member(member(configuration, "module_calls"), name), "module");
}

static int walk_module(struct walk *walk, struct json_object *module, const char *prefix,
		       struct json_object *configuration)
{
	struct json_object *resources = list(module, "resources");
	struct json_object *children = list(module, "child_modules");
	int err = 0;

	for (size_t i = 0; !err && i < length(resources); i++) {
		if (is_wanted(at(resources, i)))
			err = add_resource(walk, at(resources, i), prefix, configuration);
	}
	for (size_t i = 0; !err && i < length(children); i++) {
		struct json_object *child = at(children, i);
		const char *address = vfg_json_text(walk->diag->arena, member(child, "address"));
		const char *inner =
			vfg_arena_format(walk->diag->arena, "%s.", address ? address : "");

		if (!inner)
			return -ENOMEM;
		err = walk_module(walk, child, inner,
				  address ? called(configuration, address, prefix) : NULL);
	}
	return err;
}

/* Addresses to what is not known of them. An object that was replaced once has a second change. */
static struct json_object *unknown_of(struct json_object *changes)
{
	struct json_object *unknown = json_object_new_object();

	for (size_t i = 0; i < length(changes); i++) {
		struct json_object *change = at(changes, i);
		const char *address = json_object_get_string(member(change, "address"));

		if (address && !member(change, "deposed"))
			json_object_object_add(
				unknown, address,
				json_object_get(member(member(change, "change"), "after_unknown")));
	}
	return unknown;
}

int vfg_plan_read(struct vfg_diag *diag, const char *file, struct json_object *tree,
		  struct vfg_plan *ret_plan)
{
	struct walk walk = {.diag = diag, .file = file, .plan = ret_plan};
	struct json_object *planned = member(tree, "planned_values");
	struct json_object *module =
		member(planned ? planned : member(tree, "values"), "root_module");
	int err;

	*ret_plan = (struct vfg_plan){.arena = diag->arena};
	if (!module) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = file},
			     "MissingNetworkSecurityGroup",
			     "neither planned_values nor values: the plan or state is empty");
		return -EINVAL;
	}
	if (json_object_get_boolean(member(tree, "errored"))) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = file, .field = "errored"},
			     "IncompletePlan",
			     "terraform plan has failed, and the plan holds only what was planned "
			     "before: repair the configuration and plan again");
		return -EINVAL;
	}
	ret_plan->changes = planned ? list(tree, "resource_changes") : NULL;
	walk.unknown = unknown_of(ret_plan->changes);
	err = walk_module(&walk, module, "", member(member(tree, "configuration"), "root_module"));
	json_object_put(walk.unknown);
	return err;
}

void vfg_plan_put(struct vfg_plan *plan)
{
	for (struct vfg_plan_resource *resource = plan->first; resource; resource = resource->next)
		json_object_put(resource->values);
	plan->first = plan->last = NULL;
}

/* "count.index" and the like: the instance names its twin of the same index. */
static bool goes_by_index(struct json_object *references)
{
	for (size_t i = 0; i < length(references); i++) {
		const char *text = json_object_get_string(at(references, i));

		if (text && (!strcmp(text, "count.index") || !strncmp(text, "each.", 5)))
			return true;
	}
	return false;
}

/* Does a reference name this instance? */
static bool names(const struct vfg_plan_resource *resource, const struct vfg_plan_resource *from,
		  const char *reference, bool by_index)
{
	size_t prefix = strlen(from->module), bytes = reference ? strlen(reference) : 0;
	const char *local = resource->address + prefix;

	if (!reference || strcmp(resource->module, from->module) ||
	    strncmp(local, reference, bytes))
		return false;
	return !local[bytes] || (by_index && !strcmp(local + bytes, resource->index) &&
				 !strcmp(resource->index, from->index));
}

const struct vfg_plan_resource *vfg_plan_reference(const struct vfg_plan *plan,
						   const struct vfg_plan_resource *from,
						   const char *attribute, const char *type)
{
	struct json_object *references = list(member(from->expressions, attribute), "references");
	const struct vfg_plan_resource *found = NULL;
	bool by_index = goes_by_index(references);

	for (const struct vfg_plan_resource *one = plan->first; one; one = one->next) {
		bool named = false;

		for (size_t i = 0; !strcmp(one->type, type) && i < length(references); i++)
			named |= names(one, from, json_object_get_string(at(references, i)),
				       by_index);
		if (named && found)
			return NULL;
		if (named)
			found = one;
	}
	return found;
}

const char *vfg_plan_text(const struct vfg_plan *plan, struct json_object *values,
			  const char *attribute)
{
	const char *text = vfg_json_text(plan->arena, member(values, attribute));

	return text && *text ? text : NULL;
}

const char *vfg_plan_id(const struct vfg_plan *plan, const struct vfg_plan_resource *resource)
{
	const char *id = vfg_plan_text(plan, resource->values, "id");

	return id ? id : resource->address;
}
