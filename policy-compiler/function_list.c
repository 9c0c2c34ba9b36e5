/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions on arrays, most of which take strings too.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "function.h"

static bool is_array(struct json_object *value)
{
	return json_object_is_type(value, json_type_array);
}

static size_t length_of(struct json_object *value)
{
	const char *text;
	size_t count = 0;

	if (is_array(value))
		return json_object_array_length(value);
	if (json_object_is_type(value, json_type_object))
		return (size_t)json_object_object_length(value);
	text = json_object_get_string(value);
	for (; text && *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static int array_new(struct vfg_call *call, size_t count, struct json_object **ret_array)
{
	int err = vfg_evaluation_charge(call->template->evaluation, count,
					100 + count * sizeof(void *));

	return err ? err
		   : vfg_evaluation_keep(call->template->evaluation, json_object_new_array(),
					 ret_array);
}

static int add(struct json_object *array, struct json_object *value)
{
	return json_object_array_add(array, json_object_get(value)) ? -ENOMEM : 0;
}

/* Elements @first and up to, not with, @last. */
static int slice(struct vfg_call *call, struct json_object *array, size_t first, size_t last,
		 struct json_object **ret_value)
{
	int err = array_new(call, last - first, ret_value);

	for (size_t i = first; !err && i < last; i++)
		err = add(*ret_value, json_object_array_get_idx(array, i));
	return err;
}

/* The same of a string's characters. */
static int slice_text(struct vfg_call *call, const char *text, size_t first, size_t last,
		      struct json_object **ret_value)
{
	const char *from = NULL;
	size_t at = 0;

	for (;; text++) {
		if (((unsigned char)*text & 0xc0) == 0x80)
			continue;
		if (at == first && !from)
			from = text;
		if (at == last || !*text)
			break;
		at++;
	}
	return vfg_evaluation_text(call->template->evaluation, from, (size_t)(text - from),
				   ret_value);
}

static int part(struct vfg_call *call, size_t first, size_t last, struct json_object **ret_value)
{
	if (is_array(call->argument[0]))
		return slice(call, call->argument[0], first, last, ret_value);
	return slice_text(call, json_object_get_string(call->argument[0]), first, last, ret_value);
}

/* How many of the list a number of the user's takes. */
static size_t clamp(int64_t count, size_t length)
{
	if (count <= 0)
		return 0;
	return (uint64_t)count < length ? (size_t)count : length;
}

static int run_take(struct vfg_call *call, struct json_object **ret_value)
{
	int64_t count = json_object_get_int64(call->argument[1]);

	return part(call, 0, clamp(count, length_of(call->argument[0])), ret_value);
}

static int run_skip(struct vfg_call *call, struct json_object **ret_value)
{
	size_t length = length_of(call->argument[0]);
	int64_t count = json_object_get_int64(call->argument[1]);

	return part(call, clamp(count, length), length, ret_value);
}

/* Null of an empty array, "" of an empty string. */
static int end(struct vfg_call *call, bool last, struct json_object **ret_value)
{
	struct json_object *list = call->argument[0];
	size_t length = length_of(list), index = last && length ? length - 1 : 0;

	*ret_value = NULL;
	if (!is_array(list))
		return part(call, index, length ? index + 1 : 0, ret_value);
	if (length)
		*ret_value = json_object_array_get_idx(list, index);
	return 0;
}

static int run_first(struct vfg_call *call, struct json_object **ret_value)
{
	return end(call, false, ret_value);
}

static int run_last(struct vfg_call *call, struct json_object **ret_value)
{
	return end(call, true, ret_value);
}

static int run_length(struct vfg_call *call, struct json_object **ret_value)
{
	return vfg_function_number_of(call, (int64_t)length_of(call->argument[0]), ret_value);
}

static int run_empty(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *value = call->argument[0];

	if (value && !json_object_is_type(value, json_type_string) && !is_array(value) &&
	    !json_object_is_type(value, json_type_object))
		return vfg_evaluation_fail(call->template->evaluation,
					   "empty() takes a string, an array or an object, not %s",
					   vfg_evaluation_type(value));
	return vfg_function_bool(call, !value || !length_of(value), ret_value);
}

static int run_create_array(struct vfg_call *call, struct json_object **ret_value)
{
	int err = array_new(call, call->count, ret_value);

	for (size_t i = 0; !err && i < call->count; i++)
		err = add(*ret_value, call->argument[i]);
	return err;
}

static int run_array(struct vfg_call *call, struct json_object **ret_value)
{
	if (!is_array(call->argument[0]))
		return run_create_array(call, ret_value);
	*ret_value = call->argument[0];
	return 0;
}

/* Return: 0 with the index or -1, and the first element that is not known or NULL; -EINVAL. */
static int find(struct vfg_call *call, struct json_object *array, struct json_object *value,
		int64_t *ret_index, struct json_object **ret_unknown)
{
	*ret_index = -1;
	*ret_unknown = NULL;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i), *unknown;
		int err = vfg_function_unknown(call, item, &unknown);

		if (err)
			return err;
		if (unknown)
			*ret_unknown = *ret_unknown ? *ret_unknown : unknown;
		else if (json_object_equal(item, value) && *ret_index < 0)
			*ret_index = (int64_t)i;
	}
	return 0;
}

static int contains_key(struct vfg_call *call, struct json_object *object,
			struct json_object **ret_value)
{
	const char *name = json_object_get_string(call->argument[1]);
	bool found = false;

	json_object_object_foreach(object, key, value)
	{
		(void)value;
		found = found || !strcasecmp(key, name);
	}
	return vfg_function_bool(call, found, ret_value);
}

static int run_contains(struct vfg_call *call, struct json_object **ret_value)
{
	struct json_object *in = call->argument[0], *value = call->argument[1], *unknown;
	int64_t index;
	int err;

	if (is_array(in)) {
		err = vfg_function_unknown(call, value, ret_value);
		if (err || *ret_value)
			return err;
		err = find(call, in, value, &index, &unknown);
		*ret_value = unknown;
		if (err || (index < 0 && unknown))
			return err;
		return vfg_function_bool(call, index >= 0, ret_value);
	}
	if (!vfg_json_is_text(value))
		return vfg_evaluation_fail(call->template->evaluation,
					   "contains() looks for a string in %s, not for %s",
					   vfg_evaluation_type(in), vfg_evaluation_type(value));
	if (json_object_is_type(in, json_type_object))
		return contains_key(call, in, ret_value);
	return vfg_function_bool(
		call, strstr(json_object_get_string(in), json_object_get_string(value)) != NULL,
		ret_value);
}

/* In a string whatever the case; -1 where there is none. */
static int index_of(struct vfg_call *call, bool last, struct json_object **ret_value)
{
	struct json_object *in = call->argument[0], *value = call->argument[1], *unknown;
	int64_t index = -1, characters = 0;
	int err;

	if (is_array(in)) {
		err = find(call, in, value, &index, &unknown);
		*ret_value = unknown;
		if (err || unknown)
			return err;
		return vfg_function_number_of(call, index, ret_value);
	}
	if (!json_object_is_type(value, json_type_string))
		return vfg_evaluation_fail(call->template->evaluation, "%s() of %s in a string",
					   call->node->text, vfg_evaluation_type(value));
	err = vfg_evaluation_charge(call->template->evaluation,
				    (size_t)json_object_get_string_len(in) *
					    (size_t)json_object_get_string_len(value) / 64,
				    0);
	for (const char *at = json_object_get_string(in); !err && (index < 0 || last); at++) {
		size_t bytes = (size_t)json_object_get_string_len(value);

		if (!strncasecmp(at, json_object_get_string(value), bytes))
			index = characters;
		if (!*at)
			break;
		characters += ((unsigned char)at[1] & 0xc0) != 0x80;
	}
	return err ? err : vfg_function_number_of(call, index, ret_value);
}

static int run_index_of(struct vfg_call *call, struct json_object **ret_value)
{
	return index_of(call, false, ret_value);
}

static int run_last_index_of(struct vfg_call *call, struct json_object **ret_value)
{
	return index_of(call, true, ret_value);
}

/* The delimiter that comes first, of one or several. Return: where, NULL where there is none. */
static const char *next_delimiter(const char *at, struct json_object *delimiters, size_t *ret_bytes)
{
	size_t count = is_array(delimiters) ? json_object_array_length(delimiters) : 1;
	const char *first = NULL;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = is_array(delimiters)
						   ? json_object_array_get_idx(delimiters, i)
						   : delimiters;
		const char *text = json_object_get_string(item);
		const char *found = text && *text ? strstr(at, text) : NULL;

		if (!found || (first && found >= first))
			continue;
		first = found;
		*ret_bytes = strlen(text);
	}
	return first;
}

static int run_split(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	const char *at = json_object_get_string(call->argument[0]);
	int err = vfg_function_unknown(call, call->argument[1], ret_value);

	if (err || *ret_value)
		return err;
	err = array_new(call, 0, ret_value);
	while (!err && at) {
		size_t bytes = 0;
		const char *found = next_delimiter(at, call->argument[1], &bytes);
		struct json_object *piece;

		err = vfg_evaluation_charge(evaluation, 1 + strlen(at) / 256, 100);
		if (!err)
			err = vfg_evaluation_text(
				evaluation, at, found ? (size_t)(found - at) : strlen(at), &piece);
		if (!err)
			err = add(*ret_value, piece);
		at = found ? found + bytes : NULL;
	}
	return err;
}

static int run_join(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	struct json_object *array = call->argument[0];
	const char *with = json_object_get_string(call->argument[1]);
	size_t count = json_object_array_length(array), length = 0;
	int err = vfg_function_unknown(call, array, ret_value);
	char *text;

	if (err || *ret_value)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (is_array(item) || json_object_is_type(item, json_type_object))
			return vfg_evaluation_fail(evaluation, "join() of %s",
						   vfg_evaluation_type(item));
		length += strlen(item ? json_object_get_string(item) : "") + strlen(with);
	}
	err = vfg_evaluation_charge(evaluation, 1, length);
	if (err)
		return err;
	text = vfg_arena_alloc(evaluation->diag->arena, length + 1);
	if (!text)
		return -ENOMEM;
	length = 0;
	for (size_t i = 0; i < count; i++) {
		const char *item = json_object_get_string(json_object_array_get_idx(array, i));

		length += (size_t)sprintf(text + length, "%s%s", i ? with : "", item ? item : "");
	}
	return vfg_evaluation_text(evaluation, text, length, ret_value);
}

const struct vfg_function vfg_function_list[] = {
	{"length", 1, 1, "c", 0, run_length},
	{"empty", 1, 1, "*", 0, run_empty},
	{"first", 1, 1, "l", 0, run_first},
	{"last", 1, 1, "l", 0, run_last},
	{"take", 2, 2, "ln", 0, run_take},
	{"skip", 2, 2, "ln", 0, run_skip},
	{"createArray", 0, VFG_FUNCTION_MAX, "*", VFG_FUNCTION_TOLERANT, run_create_array},
	{"array", 1, 1, "*", VFG_FUNCTION_TOLERANT, run_array},
	{"contains", 2, 2, "c*", 0, run_contains},
	{"indexOf", 2, 2, "l*", 0, run_index_of},
	{"lastIndexOf", 2, 2, "l*", 0, run_last_index_of},
	{"split", 2, 2, "sl", 0, run_split},
	{"join", 2, 2, "as", 0, run_join},
	{.name = NULL},
};
