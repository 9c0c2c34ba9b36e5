/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that compare and choose.
 */
#include <strings.h>

#include "function.h"

/* An argument of a lazy function, which is no part of a name. */
static int argument(struct vfg_call *call, size_t index, struct json_object **ret_value)
{
	const bool naming = call->template->naming;
	int err;

	call->template->naming = false;
	err = vfg_template_node(call->template, call->node->child[index], ret_value);
	call->template->naming = naming;
	return err;
}

/* A boolean or a value that is not known. */
static int condition(struct vfg_call *call, size_t index, struct json_object **ret_value)
{
	int err = argument(call, index, ret_value);

	if (err || vfg_json_is_unresolved(*ret_value) ||
	    json_object_is_type(*ret_value, json_type_boolean))
		return err;
	return vfg_evaluation_fail(call->template->evaluation,
				   "argument %zu of %s() is %s, it takes a boolean", index + 1,
				   call->node->text, vfg_evaluation_type(*ret_value));
}

/* Only the branch that is chosen is evaluated. */
static int run_if(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *chosen;
	int err = condition(call, 0, &chosen);

	*ret_value = chosen;
	if (err || vfg_json_is_unresolved(chosen))
		return err;
	return argument(call, json_object_get_boolean(chosen) ? 1 : 2, ret_value);
}

/* The first argument that is @decisive decides, whatever those are that are not known. */
static int decide(struct vfg_call *call, bool decisive, struct json_object **ret_value)
{
	struct json_object *unknown = NULL;

	for (size_t i = 0; i < call->count; i++) {
		int err = condition(call, i, ret_value);

		if (err)
			return err;
		if (vfg_json_is_unresolved(*ret_value))
			unknown = unknown ? unknown : *ret_value;
		else if (json_object_get_boolean(*ret_value) == decisive)
			return 0;
	}
	*ret_value = unknown;
	return unknown ? 0 : vfg_function_bool(call, !decisive, ret_value);
}

static int run_and(struct vfg_call *call, struct json_object **ret_value)
{
	return decide(call, false, ret_value);
}

static int run_or(struct vfg_call *call, struct json_object **ret_value)
{
	return decide(call, true, ret_value);
}

static int run_not(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_function_bool(call, !json_object_get_boolean(call->argument[0]), ret_value);
}

static int run_equals(struct vfg_call *call, struct json_object **ret_value)
{
	for (size_t i = 0; i < 2; i++) {
		int err = vfg_function_unknown(call, call->argument[i], ret_value);

		if (err || *ret_value)
			return err;
	}
	return vfg_function_bool(call, json_object_equal(call->argument[0], call->argument[1]),
				 ret_value);
}

/* Two numbers or two strings. Return: 0 or -EINVAL. */
static int compare(struct vfg_call *call, int *ret_order)
{
	struct json_object *a = call->argument[0], *b = call->argument[1];

	if (json_object_is_type(a, json_type_int) && json_object_is_type(b, json_type_int)) {
		int64_t first = json_object_get_int64(a), second = json_object_get_int64(b);

		*ret_order = (first > second) - (first < second);
		return 0;
	}
	if (json_object_is_type(a, json_type_string) && json_object_is_type(b, json_type_string)) {
		*ret_order = strcasecmp(json_object_get_string(a), json_object_get_string(b));
		return 0;
	}
	return vfg_evaluation_fail(call->template->evaluation,
				   "%s() compares two whole numbers or two strings, not %s and %s",
				   call->node->text, vfg_evaluation_type(a),
				   vfg_evaluation_type(b));
}

static int run_greater(struct vfg_call *call, struct json_object **ret_value)
{
	int order = 0, err = compare(call, &order);

	return err ? err : vfg_function_bool(call, order > 0, ret_value);
}

static int run_greater_or_equals(struct vfg_call *call, struct json_object **ret_value)
{
	int order = 0, err = compare(call, &order);

	return err ? err : vfg_function_bool(call, order >= 0, ret_value);
}

static int run_less(struct vfg_call *call, struct json_object **ret_value)
{
	int order = 0, err = compare(call, &order);

	return err ? err : vfg_function_bool(call, order < 0, ret_value);
}

static int run_less_or_equals(struct vfg_call *call, struct json_object **ret_value)
{
	int order = 0, err = compare(call, &order);

	return err ? err : vfg_function_bool(call, order <= 0, ret_value);
}

/* The first that is not null; one that is not known might be null. */
static int run_coalesce(struct vfg_call *call, struct json_object **ret_value)
{
	int err = 0;

	*ret_value = NULL;
	for (size_t i = 0; !err && i < call->count && !*ret_value; i++)
		err = argument(call, i, ret_value);
	return err;
}

static int run_bool(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *value = call->argument[0];
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return vfg_function_bool(call, json_object_get_boolean(value), ret_value);
	text = json_object_get_string(value);
	if (!strcasecmp(text, "true") || !strcasecmp(text, "1"))
		return vfg_function_bool(call, true, ret_value);
	if (!strcasecmp(text, "false") || !strcasecmp(text, "0"))
		return vfg_function_bool(call, false, ret_value);
	return vfg_evaluation_fail(call->template->evaluation,
				   "bool() takes true and false, not %s", text);
}

static int run_true(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_function_bool(call, true, ret_value);
}

static int run_false(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_function_bool(call, false, ret_value);
}

static int run_null(struct vfg_call *call, struct json_object **ret_value)
{
	(void)call;
	*ret_value = NULL;
	return 0;
}

const struct vfg_function vfg_function_choice[] = {
	{"if", 3, 3, "", VFG_FUNCTION_LAZY, run_if},
	{"and", 2, VFG_FUNCTION_MAX, "", VFG_FUNCTION_LAZY, run_and},
	{"or", 2, VFG_FUNCTION_MAX, "", VFG_FUNCTION_LAZY, run_or},
	{"not", 1, 1, "b", 0, run_not},
	{"equals", 2, 2, "*", 0, run_equals},
	{"greater", 2, 2, "*", 0, run_greater},
	{"greaterOrEquals", 2, 2, "*", 0, run_greater_or_equals},
	{"less", 2, 2, "*", 0, run_less},
	{"lessOrEquals", 2, 2, "*", 0, run_less_or_equals},
	{"coalesce", 1, VFG_FUNCTION_MAX, "", VFG_FUNCTION_LAZY, run_coalesce},
	{"bool", 1, 1, "v", 0, run_bool},
	{"true", 0, 0, "", 0, run_true},
	{"false", 0, 0, "", 0, run_false},
	{"null", 0, 0, "", 0, run_null},
	{.name = NULL},
};
