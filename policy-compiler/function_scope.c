/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that look into the template: parameters, variables, loops and ids of resources.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "function.h"
#include "parameter.h"

static const char *text(const struct vfg_call *call, size_t index)
{
	return json_object_get_string(call->argument[index]);
}

static int run_parameters(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_parameter_value(call->template, text(call, 0), ret_value);
}

static int run_variables(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_template *template = call->template;
	struct vfg_symbol *symbol =
		vfg_template_find(template, &template->variables, text(call, 0));

	if (symbol)
		return vfg_template_symbol(template, symbol, ret_value);
	return vfg_evaluation_fail(template->evaluation, "there is no variable %s; there are: %s",
				   text(call, 0),
				   vfg_template_names(template, &template->variables));
}

/* Without a name, the loop of the resource, or the innermost where there is none. */
static const struct vfg_loop *loop_of(const struct vfg_template *template, const char *name)
{
	const struct vfg_loop *loop = template->loop;

	while (loop && (name ? strcasecmp(loop->name, name) != 0 : !loop->resource))
		loop = loop->outer;
	return loop || name ? loop : template->loop;
}

/* copyIndex(), copyIndex(offset), copyIndex('name'), copyIndex('name', offset) */
static int run_copy_index(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	bool named = call->count && json_object_is_type(call->argument[0], json_type_string);
	const struct vfg_loop *loop = loop_of(call->template, named ? text(call, 0) : NULL);
	struct json_object *offset = call->count > named ? call->argument[named] : NULL;
	int64_t index;

	if (offset && !json_object_is_type(offset, json_type_int))
		return vfg_evaluation_fail(evaluation, "the offset of copyIndex() is %s",
					   vfg_evaluation_type(offset));
	if (!loop)
		return vfg_evaluation_fail(evaluation, "copyIndex() stands in no copy loop%s%s",
					   named ? " called " : "", named ? text(call, 0) : "");
	if (__builtin_add_overflow(loop->index, json_object_get_int64(offset), &index))
		return vfg_evaluation_fail(evaluation, "the offset of copyIndex() is too large");
	return vfg_function_number_of(call, index, ret_value);
}

static size_t count_of(const char *from, char letter)
{
	size_t count = 0;

	for (; *from; from++)
		count += *from == letter;
	return count;
}

/* Scope and type of an id; what is before them. */
struct target {
	const char *scope; /* "/subscriptions/S/resourceGroups/G" */
	size_t type;	   /* the argument that is the type */
};

/* Namespace/type/subtype and a name for each of the types behind the namespace. */
static int id_of(struct vfg_call *call, struct target target, struct json_object **ret_value)
{
	struct vfg_arena *arena = call->template->evaluation->diag->arena;
	char *type =
		vfg_arena_strndup(arena, text(call, target.type), strlen(text(call, target.type)));
	size_t names = call->count - target.type - 1, length = type ? strlen(type) : 0;
	const char *id = target.scope;
	char *at, *rest = NULL;

	while (length && type[length - 1] == '/')
		type[--length] = '\0';
	if (!type || !id)
		return -ENOMEM;
	if (!length || count_of(type, '/') != names)
		return vfg_evaluation_fail(call->template->evaluation,
					   "%s() has %zu names for the type %s, which takes %zu",
					   call->node->text, names, type,
					   length ? count_of(type, '/') : 1);
	at = strtok_r(type, "/", &rest);
	id = vfg_arena_format(arena, "%s/providers/%s", id, at ? at : "");
	for (size_t i = 0; id && i < names; i++) {
		at = strtok_r(NULL, "/", &rest);
		id = vfg_arena_format(arena, "%s/%s/%s", id, at ? at : "",
				      text(call, target.type + 1 + i));
	}
	if (!id)
		return -ENOMEM;
	return vfg_evaluation_text(call->template->evaluation, id, strlen(id), ret_value);
}

/* Not known, or what stands for that in a name. */
static bool is_unknown(const struct vfg_call *call, size_t index)
{
	return vfg_json_is_unresolved(call->argument[index]) || text(call, index)[0] == '[';
}

/* A scope that is not known is the template's. Return: the argument's text. */
static const char *scope_text(const struct vfg_call *call, size_t index, const char *otherwise)
{
	return is_unknown(call, index) ? otherwise : text(call, index);
}

/* The first argument that is spelled like a type. */
static size_t type_index(const struct vfg_call *call)
{
	size_t index = 0;

	while (index < call->count && (is_unknown(call, index) || !strchr(text(call, index), '/') ||
				       text(call, index)[0] == '/'))
		index++;
	return index;
}

/* What comes behind the scope must be known. Return: the first part that is not, or NULL. */
static struct json_object *unknown_behind(const struct vfg_call *call, size_t index)
{
	for (; index < call->count; index++) {
		if (vfg_json_is_unresolved(call->argument[index]))
			return call->argument[index];
	}
	return NULL;
}

/* Return: 0 with the type's place, or with why the id is not known in @ret_value; -EINVAL. */
static int find_type(struct vfg_call *call, size_t before, size_t *ret_type,
		     struct json_object **ret_value)
{
	*ret_type = type_index(call);
	*ret_value = unknown_behind(call, *ret_type < call->count ? *ret_type : 0);
	if (*ret_value || *ret_type <= before)
		return 0;
	return vfg_evaluation_fail(call->template->evaluation,
				   "%s() has no type, as Microsoft.Network/networkSecurityGroups, "
				   "among its first arguments",
				   call->node->text);
}

/* resourceId([subscription], [resource group], type, name, ...) */
static int run_resource_id(struct vfg_call *call, struct json_object **ret_value)
{
	const struct vfg_template *template = call->template;
	const char *subscription = template->subscription, *group = template->group;
	struct target target;
	int err = find_type(call, 2, &target.type, ret_value);

	if (err || *ret_value)
		return err;
	if (target.type > 1)
		subscription = scope_text(call, 0, subscription);
	if (target.type)
		group = scope_text(call, target.type - 1, group);
	target.scope = vfg_arena_format(template->evaluation->diag->arena,
					"/subscriptions/%s/resourceGroups/%s", subscription, group);
	return id_of(call, target, ret_value);
}

static int run_subscription_resource_id(struct vfg_call *call, struct json_object **ret_value)
{
	const struct vfg_template *template = call->template;
	struct target target;
	int err = find_type(call, 1, &target.type, ret_value);

	if (err || *ret_value)
		return err;
	target.scope = vfg_arena_format(template->evaluation->diag->arena, "/subscriptions/%s",
					target.type ? scope_text(call, 0, template->subscription)
						    : template->subscription);
	return id_of(call, target, ret_value);
}

/* extensionResourceId(id, type, name, ...) */
static int run_extension_resource_id(struct vfg_call *call, struct json_object **ret_value)
{
	struct target target = {.type = 1};

	*ret_value = unknown_behind(call, 0);
	if (*ret_value)
		return 0;
	target.scope = text(call, 0);
	return id_of(call, target, ret_value);
}

/* A value alone is wrapped, as a file has an object or an array at its top. */
static int run_json(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	struct vfg_diag diag = {.arena = evaluation->diag->arena};
	struct json_object *list = NULL;
	const char *wrapped;
	int err;

	*ret_value = NULL;
	if (!strcasecmp(text(call, 0), "null"))
		return 0;
	if (!strcasecmp(text(call, 0), "true") || !strcasecmp(text(call, 0), "false"))
		return vfg_function_bool(call, !strcasecmp(text(call, 0), "true"), ret_value);
	wrapped = vfg_arena_format(diag.arena, "[%s]", text(call, 0));
	if (!wrapped)
		return -ENOMEM;
	err = vfg_evaluation_charge(evaluation, strlen(wrapped), 20 * strlen(wrapped));
	if (!err)
		err = vfg_json_parse(&diag, "", wrapped, strlen(wrapped), &list);
	if (err == -EINVAL && diag.first)
		return vfg_evaluation_fail(evaluation, "json(): %s", diag.first->text);
	if (!err)
		err = vfg_evaluation_keep(evaluation, list, &list);
	if (!err && json_object_array_length(list) != 1)
		return vfg_evaluation_fail(evaluation, "json() of more or less than one value");
	if (!err)
		*ret_value = json_object_array_get_idx(list, 0);
	return err;
}

const struct vfg_function vfg_function_scope[] = {
	{"parameters", 1, 1, "s", 0, run_parameters},
	{"variables", 1, 1, "s", 0, run_variables},
	{"copyIndex", 0, 2, "*n", 0, run_copy_index},
	{"resourceId", 2, VFG_FUNCTION_MAX, "s", VFG_FUNCTION_TOLERANT | VFG_FUNCTION_NAMING,
	 run_resource_id},
	{"subscriptionResourceId", 2, VFG_FUNCTION_MAX, "s",
	 VFG_FUNCTION_TOLERANT | VFG_FUNCTION_NAMING, run_subscription_resource_id},
	{"extensionResourceId", 3, VFG_FUNCTION_MAX, "s",
	 VFG_FUNCTION_TOLERANT | VFG_FUNCTION_NAMING, run_extension_resource_id},
	{"json", 1, 1, "s", 0, run_json},
	{.name = NULL},
};
