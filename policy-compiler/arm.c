/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads ARM templates: walks their resources, loops, conditions and nested deployments included.
 * How values are evaluated is template.c's, what becomes of a resource resource.c's.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "copy.h"
#include "document.h"
#include "parameter.h"
#include "resource.h"

/* Where the walk is. parent: the resource whose children are walked, NULL at the top. */
struct walk {
	struct vfg_inventory *inventory;
	struct vfg_template *template;
	const char *scope;
	struct json_object *doubt; /* see vfg_resource */
	const struct vfg_resource *parent;
};

static const char *text_of(const struct walk *walk, struct json_object *value)
{
	return vfg_json_text(walk->template->evaluation->diag->arena, value);
}

/* A child's type and name stand behind its parent's, unless it is spelled in full. */
static int type_of(const struct walk *walk, struct json_object *source, const char **ret_type)
{
	const char *type = text_of(walk, vfg_json_member(source, "type"));

	if (!type)
		return vfg_evaluation_fail(walk->template->evaluation, "a resource has no type");
	if (vfg_expression_is(type, strlen(type)))
		return vfg_evaluation_fail(walk->template->evaluation,
					   "the type of a resource is the expression %s", type);
	if (walk->parent && !strchr(type, '.'))
		type = vfg_arena_format(walk->template->evaluation->diag->arena, "%s/%s",
					walk->parent->type, type);
	*ret_type = type;
	return type ? 0 : -ENOMEM;
}

static int name_resource(const struct walk *walk, struct vfg_resource *resource)
{
	const char *type = text_of(walk, vfg_json_member(resource->source, "type"));
	int err = vfg_template_name(walk->template, vfg_json_member(resource->source, "name"),
				    &resource->name, &resource->known);

	if (err || !walk->parent || strchr(type, '.'))
		return err;
	resource->known = resource->known && walk->parent->known;
	resource->name = vfg_arena_format(walk->template->evaluation->diag->arena, "%s/%s",
					  walk->parent->name, resource->name);
	return resource->name ? 0 : -ENOMEM;
}

/* Return: 0 with whether the resource is there, and with a doubt where that is not known. */
static int is_there(const struct walk *walk, struct json_object *source, bool *ret_there,
		    struct json_object **ret_doubt)
{
	struct json_object *condition = vfg_json_member(source, "condition");
	int err;

	*ret_there = true;
	if (!condition)
		return 0;
	err = vfg_template_value(walk->template, condition, &condition);
	if (err)
		return err;
	if (vfg_json_is_unresolved(condition))
		*ret_doubt = *ret_doubt ? *ret_doubt : condition;
	else if (!json_object_is_type(condition, json_type_boolean))
		return vfg_evaluation_fail(walk->template->evaluation,
					   "a condition is %s, it must be a boolean",
					   vfg_evaluation_type(condition));
	else
		*ret_there = json_object_get_boolean(condition);
	return 0;
}

/* The scope that a nested deployment goes to: another resource group, or this one. */
static int scope_of(const struct walk *walk, struct json_object *source,
		    struct vfg_template *nested)
{
	struct json_object *subscription = vfg_json_member(source, "subscriptionId");
	struct json_object *group = vfg_json_member(source, "resourceGroup");
	bool known;
	int err = 0;

	if (subscription)
		err = vfg_template_name(walk->template, subscription, &nested->subscription,
					&known);
	if (!err && group)
		err = vfg_template_name(walk->template, group, &nested->group, &known);
	return err;
}

static const char *scope_text(const struct vfg_template *template)
{
	return vfg_arena_format(template->evaluation->diag->arena,
				"/subscriptions/%s/resourceGroups/%s", template->subscription,
				template->group);
}

static bool is_inner(struct json_object *properties)
{
	struct json_object *scope = vfg_json_member(
		vfg_json_member(properties, "expressionEvaluationOptions"), "scope");

	return json_object_is_type(scope, json_type_string) &&
	       !strcasecmp(json_object_get_string(scope), "inner");
}

/* A template within this one, with parameters and variables of its own. */
static int open_inner(const struct walk *walk, struct json_object *properties,
		      struct vfg_template *nested)
{
	struct json_object *tree = vfg_json_member(properties, "template"), *values;
	int err;

	nested->loop = NULL;
	nested->parameters = (struct vfg_symbols){0};
	nested->variables = (struct vfg_symbols){0};
	walk->template->named = false;
	err = vfg_template_value(walk->template, vfg_json_member(properties, "parameters"),
				 &values);
	walk->template->named = true;
	if (!err)
		err = vfg_parameter_declare(nested, tree);
	if (!err)
		err = vfg_parameter_pass(nested, values);
	return err ? err : vfg_template_variables(nested, vfg_json_member(tree, "variables"));
}

static void warn_linked(const struct walk *walk, const char *name)
{
	struct vfg_evaluation *evaluation = walk->template->evaluation;

	vfg_diag_add(evaluation->diag, VFG_WARNING, (struct vfg_place){.file = evaluation->file},
		     "LinkedTemplateNotRead",
		     "the deployment %s links a template, which is not read: give it as a file of "
		     "its own if it has NSGs",
		     name);
}

/*
 * How a list of resources is walked, handed down so that a nested deployment can come back to it:
 * templates nest, and definitions precede use.
 */
struct walker {
	int (*resources)(const struct walker *walker, const struct walk *walk,
			 struct json_object *resources);
};

static int walk_deployment(const struct walker *walker, const struct walk *walk,
			   const struct vfg_resource *resource)
{
	struct json_object *properties = vfg_json_member(resource->source, "properties");
	struct json_object *tree = vfg_json_member(properties, "template");
	struct vfg_template nested = *walk->template;
	struct walk inside = *walk;
	int err;

	if (!tree) {
		warn_linked(walk, resource->name);
		return 0;
	}
	err = scope_of(walk, resource->source, &nested);
	if (err)
		return err;
	inside.doubt = resource->doubt;
	inside.parent = NULL;
	inside.scope = scope_text(&nested);
	if (!inside.scope)
		return -ENOMEM;
	if (is_inner(properties)) {
		nested.name = resource->name;
		inside.template = &nested;
		err = open_inner(walk, properties, &nested);
	}
	return err ? err : walker->resources(walker, &inside, vfg_json_member(tree, "resources"));
}

/* One resource as it is deployed, and its children. */
static int walk_one(const struct walker *walker, const struct walk *walk,
		    struct vfg_resource resource)
{
	struct walk children = *walk;
	bool there;
	int err = is_there(walk, resource.source, &there, &resource.doubt);

	if (err || !there)
		return err;
	err = name_resource(walk, &resource);
	if (err)
		return err;
	if (resource.kind == VFG_RESOURCE_DEPLOYMENT)
		return walk_deployment(walker, walk, &resource);
	if (resource.kind != VFG_RESOURCE_ADMIN_PARENT &&
	    !json_object_get_boolean(vfg_json_member(resource.source, "existing")))
		err = vfg_inventory_add(walk->inventory, walk->template, &resource);
	children.parent = &resource;
	children.doubt = resource.doubt;
	if (err || !vfg_json_member(resource.source, "resources"))
		return err;
	return walker->resources(walker, &children, vfg_json_member(resource.source, "resources"));
}

/* A resource as often as its loop runs. */
static int walk_loop(const struct walker *walker, const struct walk *walk,
		     struct vfg_resource resource, struct json_object *copy)
{
	struct vfg_template *template = walk->template;
	struct vfg_loop loop = {.resource = true, .outer = template->loop};
	struct json_object *why;
	size_t count;
	int err = vfg_copy_count(template, copy, &count, &why);

	if (!err)
		err = vfg_copy_name(template, copy, &loop.name);
	if (err)
		return err;
	if (why) {
		resource.doubt = why;
		count = 1;
	}
	template->loop = &loop;
	for (; !err && loop.index < (int64_t)count; loop.index++)
		err = walk_one(walker, walk, resource);
	template->loop = loop.outer;
	return err;
}

static int walk_resource(const struct walker *walker, const struct walk *walk,
			 struct json_object *source)
{
	struct vfg_resource resource = {
		.scope = walk->scope,
		.source = source,
		.doubt = walk->doubt,
	};
	struct json_object *copy = vfg_json_member(source, "copy");
	int err = vfg_evaluation_charge(walk->template->evaluation, 1, 0);

	if (!err)
		err = type_of(walk, source, &resource.type);
	if (err)
		return err;
	resource.kind = vfg_resource_kind_of(resource.type);
	if (resource.kind == VFG_RESOURCE_OTHER)
		return 0;
	return copy ? walk_loop(walker, walk, resource, copy) : walk_one(walker, walk, resource);
}

/* All are walked, for their messages. Return: the last error. */
static int walk_resources(const struct walker *walker, const struct walk *walk,
			  struct json_object *resources)
{
	struct vfg_evaluation *evaluation = walk->template->evaluation;
	int err = 0, result = 0;

	if (json_object_is_type(resources, json_type_array)) {
		for (size_t i = 0; err != -ENOMEM && i < json_object_array_length(resources); i++) {
			err = walk_resource(walker, walk, json_object_array_get_idx(resources, i));
			result = err && result != -ENOMEM ? err : result;
		}
	} else if (json_object_is_type(resources, json_type_object)) {
		json_object_object_foreach(resources, name, resource)
		{
			(void)name;
			if (err != -ENOMEM)
				err = walk_resource(walker, walk, resource);
			result = err && result != -ENOMEM ? err : result;
		}
	} else if (resources) {
		return vfg_evaluation_fail(evaluation, "the resources are %s, not a list",
					   vfg_evaluation_type(resources));
	}
	return result;
}

/* An empty list of NSGs says that there is none, to whoever asked for one. */
static void fill(const struct vfg_inventory *inventory, struct vfg_document *document)
{
	if (json_object_array_length(inventory->nsgs) ||
	    !json_object_array_length(inventory->admin))
		document->nsgs = json_object_get(inventory->nsgs);
	if (json_object_array_length(inventory->admin))
		document->admin = json_object_get(inventory->admin);
	if (json_object_array_length(inventory->nics))
		document->nics = json_object_get(inventory->nics);
	if (json_object_array_length(inventory->groups))
		document->groups = json_object_get(inventory->groups);
}

static int read_template(struct vfg_evaluation *evaluation, const struct vfg_parameters *parameters,
			 struct json_object *tree, struct vfg_document *document)
{
	static const struct walker walker = {.resources = walk_resources};
	struct vfg_template template = {
		.evaluation = evaluation,
		.name = "",
		.subscription = VFG_TEMPLATE_SUBSCRIPTION,
		.group = VFG_TEMPLATE_GROUP,
	};
	struct vfg_inventory inventory;
	struct walk walk = {.inventory = &inventory, .template = &template};
	int err = vfg_inventory_open(&inventory, evaluation);

	if (!err)
		err = vfg_parameter_declare(&template, tree);
	if (!err)
		err = vfg_parameter_give(&template, parameters);
	if (!err)
		err = vfg_template_variables(&template, vfg_json_member(tree, "variables"));
	if (err)
		return err;
	template.named = true;
	walk.scope = scope_text(&template);
	if (!walk.scope)
		return -ENOMEM;
	err = walk_resources(&walker, &walk, vfg_json_member(tree, "resources"));
	if (!err)
		err = vfg_inventory_join(&inventory);
	if (!err)
		fill(&inventory, document);
	return err;
}

int vfg_arm_read(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		 struct json_object *tree, struct vfg_document *document)
{
	__attribute__((cleanup(vfg_evaluation_close))) struct vfg_evaluation evaluation;
	int err = vfg_evaluation_open(&evaluation, diag, document->file);

	return err ? err : read_template(&evaluation, parameters, tree, document);
}
