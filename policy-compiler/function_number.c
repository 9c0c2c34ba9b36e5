/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions on whole numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include "function.h"

static int64_t number(const struct vfg_call *call, size_t index)
{
	return json_object_get_int64(call->argument[index]);
}

static int too_large(struct vfg_call *call)
{
	return vfg_evaluation_fail(call->template->evaluation,
				   "the result of %s() is too large for a whole number",
				   call->node->text);
}

static int run_add(struct vfg_call *call, struct json_object **ret_value)
{
	int64_t sum;

	if (__builtin_add_overflow(number(call, 0), number(call, 1), &sum))
		return too_large(call);
	return vfg_function_number_of(call, sum, ret_value);
}

static int run_sub(struct vfg_call *call, struct json_object **ret_value)
{
	int64_t difference;

	if (__builtin_sub_overflow(number(call, 0), number(call, 1), &difference))
		return too_large(call);
	return vfg_function_number_of(call, difference, ret_value);
}

static int run_mul(struct vfg_call *call, struct json_object **ret_value)
{
	int64_t product;

	if (__builtin_mul_overflow(number(call, 0), number(call, 1), &product))
		return too_large(call);
	return vfg_function_number_of(call, product, ret_value);
}

/* Return: 0, or -EINVAL for what has no quotient. */
static int check_division(struct vfg_call *call)
{
	if (!number(call, 1))
		return vfg_evaluation_fail(call->template->evaluation, "%s() by 0",
					   call->node->text);
	return number(call, 0) == INT64_MIN && number(call, 1) == -1 ? too_large(call) : 0;
}

static int run_div(struct vfg_call *call, struct json_object **ret_value)
{
	int err = check_division(call);

	return err ? err
		   : vfg_function_number_of(call, number(call, 0) / number(call, 1), ret_value);
}

static int run_mod(struct vfg_call *call, struct json_object **ret_value)
{
	int err = check_division(call);

	return err ? err
		   : vfg_function_number_of(call, number(call, 0) % number(call, 1), ret_value);
}

static int run_int(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *value = call->argument[0];
	const char *text = json_object_get_string(value);
	char *end;
	long long parsed;

	if (!json_object_is_type(value, json_type_string))
		return vfg_function_number_of(call, json_object_get_int64(value), ret_value);
	errno = 0;
	parsed = strtoll(text, &end, 10);
	if (errno || *end || end == text)
		return vfg_evaluation_fail(call->template->evaluation,
					   "int() takes a whole number, not %s", text);
	return vfg_function_number_of(call, parsed, ret_value);
}

/* The smallest or largest of all arguments, or of the elements of the one array. */
static int extreme(struct vfg_call *call, int sign, struct json_object **ret_value)
{
	struct json_object *array = call->argument[0];
	bool list = json_object_is_type(array, json_type_array);
	size_t count = list ? json_object_array_length(array) : call->count;

	*ret_value = NULL;
	for (size_t i = 0; i < count; i++) {
		struct json_object *item =
			list ? json_object_array_get_idx(array, i) : call->argument[i];

		if (vfg_json_is_unresolved(item)) {
			*ret_value = item;
			return 0;
		}
		if (!json_object_is_type(item, json_type_int))
			return vfg_evaluation_fail(call->template->evaluation,
						   "%s() takes whole numbers, not %s",
						   call->node->text, vfg_evaluation_type(item));
		if (!*ret_value ||
		    (json_object_get_int64(item) < json_object_get_int64(*ret_value)) == (sign < 0))
			*ret_value = item;
	}
	return *ret_value ? 0
			  : vfg_evaluation_fail(call->template->evaluation,
						"%s() of an empty array", call->node->text);
}

static int run_min(struct vfg_call *call, struct json_object **ret_value)
{
	return extreme(call, -1, ret_value);
}

static int run_max(struct vfg_call *call, struct json_object **ret_value)
{
	return extreme(call, 1, ret_value);
}

enum {
	RANGE_MAX = 10000, /* as the platform limits it */
};

static int run_range(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	int64_t first = number(call, 0), count = number(call, 1), last;
	int err;

	if (count < 0 || count > RANGE_MAX || __builtin_add_overflow(first, count, &last))
		return vfg_evaluation_fail(evaluation, "range() of %lld numbers, it makes 0 to %d",
					   (long long)count, RANGE_MAX);
	err = vfg_evaluation_charge(evaluation, (size_t)count, (size_t)count * 100);
	if (!err)
		err = vfg_evaluation_keep(evaluation, json_object_new_array(), ret_value);
	for (int64_t i = first; !err && i < last; i++) {
		if (json_object_array_add(*ret_value, json_object_new_int64(i)))
			err = -ENOMEM;
	}
	return err;
}

const struct vfg_function vfg_function_number[] = {
	{"int", 1, 1, "v", 0, run_int},
	{"add", 2, 2, "n", 0, run_add},
	{"sub", 2, 2, "n", 0, run_sub},
	{"mul", 2, 2, "n", 0, run_mul},
	{"div", 2, 2, "n", 0, run_div},
	{"mod", 2, 2, "n", 0, run_mod},
	{"min", 1, VFG_FUNCTION_MAX, "*", 0, run_min},
	{"max", 1, VFG_FUNCTION_MAX, "*", 0, run_max},
	{"range", 2, 2, "n", 0, run_range},
	{.name = NULL},
};
