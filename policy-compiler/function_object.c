/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that make and merge objects and arrays, and those that run an expression for each
 * element.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "function.h"

static bool is_object(struct json_object *value)
{
	return json_object_is_type(value, json_type_object);
}

/* Whatever the case of the name. Return: is there one, null or not? */
static bool get(struct json_object *object, const char *name, struct json_object **ret_value,
		const char **ret_key)
{
	json_object_object_foreach(object, key, value)
	{
		if (strcasecmp(key, name))
			continue;
		*ret_value = value;
		*ret_key = key;
		return true;
	}
	return false;
}

/* Put a member, over one of the same name. */
static int put(struct vfg_call *call, struct json_object *object, const char *name,
	       struct json_object *value)
{
	struct json_object *old;
	const char *key = name;
	int err = vfg_evaluation_charge(call->template->evaluation,
					1 + (size_t)json_object_object_length(object) / 16,
					100 + strlen(name));

	if (err)
		return err;
	get(object, name, &old, &key);
	return json_object_object_add(object, key, json_object_get(value)) ? -ENOMEM : 0;
}

static int object_new(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_evaluation_keep(call->template->evaluation, json_object_new_object(), ret_value);
}

/* createObject('name', value, ...): not known as a whole where a name is not. */
static int run_create_object(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	struct json_object *object;
	int err = object_new(call, &object);

	if (!err && call->count % 2)
		return vfg_evaluation_fail(evaluation, "createObject() takes pairs of a name and a "
						       "value, the last has no value");
	*ret_value = object;
	for (size_t i = 0; !err && i < call->count; i += 2) {
		struct json_object *name = call->argument[i];

		if (vfg_json_is_unresolved(name)) {
			*ret_value = name;
			return 0;
		}
		if (!json_object_is_type(name, json_type_string))
			return vfg_evaluation_fail(evaluation,
						   "argument %zu of createObject() is %s, it must "
						   "be a name",
						   i + 1, vfg_evaluation_type(name));
		err = put(call, object, json_object_get_string(name), call->argument[i + 1]);
	}
	return err;
}

/* Objects in objects are merged too; a branch that is not known is replaced as one. */
static int merge(struct vfg_call *call, struct json_object *first, struct json_object *second,
		 struct json_object **ret_value)
{
	int err = object_new(call, ret_value);

	json_object_object_foreach(first, first_key, first_value)
	{
		if (!err)
			err = put(call, *ret_value, first_key, first_value);
	}
	json_object_object_foreach(second, key, value)
	{
		struct json_object *old = NULL, *merged = value;
		const char *ignored;

		if (!err && get(*ret_value, key, &old, &ignored) && is_object(old) &&
		    is_object(value) && !vfg_json_is_unresolved(old) &&
		    !vfg_json_is_unresolved(value))
			err = merge(call, old, value, &merged);
		if (!err)
			err = put(call, *ret_value, key, merged);
	}
	return err;
}

/* Return: 0 with whether @array has it; -EINVAL. Unknown elements are equal to none. */
static int has(struct vfg_call *call, struct json_object *array, struct json_object *value,
	       bool *ret_has)
{
	size_t count = json_object_array_length(array);
	int err = vfg_evaluation_charge(call->template->evaluation, count / 4, 0);

	*ret_has = false;
	for (size_t i = 0; !err && i < count && !*ret_has; i++)
		*ret_has = json_object_equal(json_object_array_get_idx(array, i), value);
	return err;
}

/* Elements that are in all arrays (@all), or in any; each once. */
static int merge_arrays(struct vfg_call *call, struct json_object *array, bool all,
			struct json_object *result)
{
	int err = vfg_evaluation_measure(call->template->evaluation, array);

	for (size_t i = 0; !err && i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		bool wanted = true, found = false;

		for (size_t j = 1; !err && all && wanted && j < call->count; j++)
			err = has(call, call->argument[j], item, &wanted);
		if (!err)
			err = has(call, result, item, &found);
		if (!err && wanted && !found &&
		    json_object_array_add(result, json_object_get(item)))
			err = -ENOMEM;
	}
	return err;
}

/* All of one type, and no element of an array that cannot be compared. */
static int check_alike(struct vfg_call *call, struct json_object **ret_unknown)
{
	bool array = json_object_is_type(call->argument[0], json_type_array);
	int err = 0;

	*ret_unknown = NULL;
	for (size_t i = 0; !err && i < call->count && !*ret_unknown; i++) {
		if (json_object_is_type(call->argument[i], json_type_array) != array)
			return vfg_evaluation_fail(call->template->evaluation,
						   "%s() of arrays and objects: all must be alike",
						   call->node->text);
		if (array)
			err = vfg_function_unknown(call, call->argument[i], ret_unknown);
	}
	return err;
}

static int run_union(struct vfg_call *call, struct json_object **ret_value)
{
	int err = check_alike(call, ret_value);

	if (err || *ret_value)
		return err;
	*ret_value = call->argument[0];
	if (!is_object(call->argument[0]))
		err = vfg_evaluation_keep(call->template->evaluation, json_object_new_array(),
					  ret_value);
	for (size_t i = is_object(call->argument[0]); !err && i < call->count; i++) {
		if (is_object(call->argument[0]))
			err = merge(call, *ret_value, call->argument[i], ret_value);
		else
			err = merge_arrays(call, call->argument[i], false, *ret_value);
	}
	return err;
}

/* Members that all objects have, with equal values. */
static int common_members(struct vfg_call *call, struct json_object **ret_value)
{
	int err = object_new(call, ret_value);

	json_object_object_foreach(call->argument[0], key, value)
	{
		bool wanted = true;

		for (size_t i = 1; i < call->count && wanted; i++) {
			struct json_object *other = NULL;
			const char *ignored;

			wanted = get(call->argument[i], key, &other, &ignored) &&
				 json_object_equal(value, other);
		}
		if (!err && wanted)
			err = put(call, *ret_value, key, value);
	}
	return err;
}

static int run_intersection(struct vfg_call *call, struct json_object **ret_value)
{
	int err = check_alike(call, ret_value);

	for (size_t i = 0; !err && !*ret_value && i < call->count; i++)
		err = vfg_function_unknown(call, call->argument[i], ret_value);
	if (err || *ret_value)
		return err;
	if (is_object(call->argument[0]))
		return common_members(call, ret_value);
	err = vfg_evaluation_keep(call->template->evaluation, json_object_new_array(), ret_value);
	return err ? err : merge_arrays(call, call->argument[0], true, *ret_value);
}

/* tryGet(value, 'name' or index, ...): null where there is no such member. */
static int run_try_get(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *value = call->argument[0];

	for (size_t i = 1; i < call->count && value; i++) {
		struct json_object *key = call->argument[i], *member = NULL;
		const char *ignored;

		if (vfg_json_is_unresolved(value))
			break;
		if (is_object(value) && json_object_is_type(key, json_type_string))
			get(value, json_object_get_string(key), &member, &ignored);
		else if (json_object_is_type(value, json_type_array) &&
			 json_object_is_type(key, json_type_int) && json_object_get_int64(key) >= 0)
			member = json_object_array_get_idx(value,
							   (size_t)json_object_get_int64(key));
		value = member;
	}
	*ret_value = value;
	return 0;
}

/* lambda('item', body): its parts. Return: 0 or -EINVAL. */
static int lambda_of(struct vfg_call *call, const struct vfg_node **ret_lambda)
{
	const struct vfg_node *lambda = call->node->child[1];

	if (lambda->kind != VFG_NODE_CALL || strcasecmp(lambda->text, "lambda") ||
	    lambda->count < 2 || lambda->count > 3)
		return vfg_evaluation_fail(call->template->evaluation,
					   "argument 2 of %s() must be lambda('name', ...)",
					   call->node->text);
	for (size_t i = 0; i + 1 < lambda->count; i++) {
		if (lambda->child[i]->kind != VFG_NODE_TEXT)
			return vfg_evaluation_fail(call->template->evaluation,
						   "a variable of lambda() is no name");
	}
	*ret_lambda = lambda;
	return 0;
}

/* The body of a lambda for one element; a second variable is its index. */
static int apply(struct vfg_call *call, const struct vfg_node *lambda, struct json_object *item,
		 size_t index, struct json_object **ret_value)
{
	struct vfg_binding first = {lambda->child[0]->text, item, call->template->binding};
	struct vfg_binding second = {.outer = &first};
	int err = vfg_function_number_of(call, (int64_t)index, &second.value);

	if (err)
		return err;
	second.name = lambda->count == 3 ? lambda->child[1]->text : "";
	call->template->binding = &second;
	err = vfg_template_node(call->template, lambda->child[lambda->count - 1], ret_value);
	call->template->binding = first.outer;
	return err;
}

/* map() keeps what the lambda makes; filter() the elements for which it is true. */
static int for_each(struct vfg_call *call, bool filter, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	const struct vfg_node *lambda = NULL;
	struct json_object *array = NULL, *result;
	int err = lambda_of(call, &lambda);

	if (!err)
		err = vfg_template_node(call->template, call->node->child[0], &array);
	*ret_value = array;
	if (err || vfg_json_is_unresolved(array))
		return err;
	if (!json_object_is_type(array, json_type_array))
		return vfg_evaluation_fail(evaluation,
					   "argument 1 of %s() is %s, it takes an array",
					   call->node->text, vfg_evaluation_type(array));
	err = vfg_evaluation_keep(evaluation, json_object_new_array(), &result);
	for (size_t i = 0; !err && i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		err = apply(call, lambda, item, i, ret_value);
		if (err || (filter && vfg_json_is_unresolved(*ret_value)))
			return err;
		if (filter && !json_object_get_boolean(*ret_value))
			continue;
		if (json_object_array_add(result, json_object_get(filter ? item : *ret_value)))
			err = -ENOMEM;
	}
	*ret_value = result;
	return err;
}

static int run_map(struct vfg_call *call, struct json_object **ret_value)
{
	return for_each(call, false, ret_value);
}

static int run_filter(struct vfg_call *call, struct json_object **ret_value)
{
	return for_each(call, true, ret_value);
}

static int run_lambda_variables(struct vfg_call *call, struct json_object **ret_value)
{
	const char *name = json_object_get_string(call->argument[0]);

	for (const struct vfg_binding *at = call->template->binding; at; at = at->outer) {
		if (strcasecmp(at->name, name))
			continue;
		*ret_value = at->value;
		return 0;
	}
	return vfg_evaluation_fail(call->template->evaluation, "no lambda() has a variable %s",
				   name);
}

const struct vfg_function vfg_function_object[] = {
	{"createObject", 0, VFG_FUNCTION_MAX, "*", VFG_FUNCTION_TOLERANT, run_create_object},
	{"union", 1, VFG_FUNCTION_MAX, "m", 0, run_union},
	{"intersection", 2, VFG_FUNCTION_MAX, "m", 0, run_intersection},
	{"tryGet", 2, VFG_FUNCTION_MAX, "**", 0, run_try_get},
	{"map", 2, 2, "", VFG_FUNCTION_LAZY, run_map},
	{"filter", 2, 2, "", VFG_FUNCTION_LAZY, run_filter},
	{"lambdaVariables", 1, 1, "s", 0, run_lambda_variables},
	{.name = NULL},
};
