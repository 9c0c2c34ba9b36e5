/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that make and look into texts. Positions count characters, not bytes.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "function.h"

/* A text that grows, in the arena. */
struct builder {
	struct vfg_evaluation *evaluation;
	char *text;
	size_t length;
	size_t room;
};

static int append(struct builder *builder, const char *text, size_t bytes)
{
	int err = vfg_evaluation_charge(builder->evaluation, 1 + bytes / 256, bytes);

	if (err)
		return err;
	if (builder->room - builder->length < bytes) {
		size_t room = (builder->length + bytes) * 2 + 64;
		char *copy = vfg_arena_alloc(builder->evaluation->diag->arena, room);

		if (!copy)
			return -ENOMEM;
		if (builder->length)
			memcpy(copy, builder->text, builder->length);
		builder->text = copy;
		builder->room = room;
	}
	if (bytes)
		memcpy(builder->text + builder->length, text, bytes);
	builder->length += bytes;
	return 0;
}

static int finish(struct builder *builder, struct json_object **ret_value)
{
	return vfg_evaluation_text(builder->evaluation, builder->text ? builder->text : "",
				   builder->length, ret_value);
}

static const char *text(const struct vfg_call *call, size_t index, size_t *ret_bytes)
{
	*ret_bytes = (size_t)json_object_get_string_len(call->argument[index]);
	return json_object_get_string(call->argument[index]);
}

/* Any value as text, as string() makes it. */
static int append_value(struct builder *builder, struct json_object *value)
{
	const char *json;
	int err;

	if (!value)
		return 0;
	if (json_object_is_type(value, json_type_string))
		return append(builder, json_object_get_string(value),
			      (size_t)json_object_get_string_len(value));
	if (json_object_is_type(value, json_type_boolean))
		return json_object_get_boolean(value) ? append(builder, "True", 4)
						      : append(builder, "False", 5);
	err = vfg_evaluation_weigh(builder->evaluation, value);
	if (err)
		return err;
	json = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
	return json ? append(builder, json, strlen(json)) : -ENOMEM;
}

static int concat_arrays(struct vfg_call *call, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = call->template->evaluation;
	int err = vfg_evaluation_keep(evaluation, json_object_new_array(), ret_value);

	for (size_t i = 0; !err && i < call->count; i++) {
		struct json_object *array = call->argument[i];
		size_t count;

		if (!json_object_is_type(array, json_type_array))
			return vfg_evaluation_fail(
				evaluation, "concat() of an array and %s: all must be arrays",
				vfg_evaluation_type(array));
		count = json_object_array_length(array);
		err = vfg_evaluation_charge(evaluation, count, count * sizeof(void *));
		for (size_t j = 0; !err && j < count; j++) {
			struct json_object *item = json_object_array_get_idx(array, j);

			if (json_object_array_add(*ret_value, json_object_get(item)))
				err = -ENOMEM;
		}
	}
	return err;
}

static int run_concat(struct vfg_call *call, struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};

	if (json_object_is_type(call->argument[0], json_type_array))
		return concat_arrays(call, ret_value);
	for (size_t i = 0; i < call->count; i++) {
		struct json_object *value = call->argument[i];
		int err;

		if (!vfg_json_is_text(value) && !json_object_is_type(value, json_type_boolean))
			return vfg_evaluation_fail(builder.evaluation,
						   "argument %zu of concat() is %s, it takes "
						   "strings, or arrays",
						   i + 1, vfg_evaluation_type(value));
		err = append_value(&builder, value);
		if (err)
			return err;
	}
	return finish(&builder, ret_value);
}

static int run_string(struct vfg_call *call, struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};
	int err = vfg_function_unknown(call, call->argument[0], ret_value);

	if (err || *ret_value)
		return err;
	err = append_value(&builder, call->argument[0]);
	return err ? err : finish(&builder, ret_value);
}

/* Digits at @at as a number that is an argument's index. Return: bytes read, 0 where it is none. */
static size_t hole_index(const struct vfg_call *call, const char *at, const char *end,
			 size_t *ret_index)
{
	const char *from = at;
	size_t index = 0;

	while (at < end && isdigit((unsigned char)*at) && index < call->count)
		index = index * 10 + (size_t)(*at++ - '0');
	*ret_index = index + 1;
	return at < end && index + 1 < call->count ? (size_t)(at - from) : 0;
}

/* {0} and {0:D3}: a number with zeros in front. */
static int append_hole(struct vfg_call *call, struct builder *builder, const char **at,
		       const char *end)
{
	size_t index, digits = hole_index(call, *at, end, &index), width = 0;
	struct json_object *value;
	char padded[32];

	*at += digits;
	if (digits && **at == ':' && end - *at > 2 && toupper((unsigned char)(*at)[1]) == 'D' &&
	    isdigit((unsigned char)(*at)[2])) {
		width = (size_t)((*at)[2] - '0');
		*at += 3;
	}
	if (!digits || *at >= end || **at != '}')
		return vfg_evaluation_fail(call->template->evaluation,
					   "format() has no such argument or format before "
					   "\"%.*s\": it takes {0}, and {0:D3}",
					   end - *at < 20 ? (int)(end - *at) : 20, *at);
	++*at;
	value = call->argument[index];
	if (!width || !json_object_is_type(value, json_type_int))
		return append_value(builder, value);
	snprintf(padded, sizeof(padded), "%0*lld", (int)width,
		 (long long)json_object_get_int64(value));
	return append(builder, padded, strlen(padded));
}

/* {{ and }} stand for brackets. */
static int run_format(struct vfg_call *call, struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};
	size_t bytes;
	const char *at = text(call, 0, &bytes), *end = at + bytes;
	int err = 0;

	*ret_value = NULL;
	for (size_t i = 1; !err && i < call->count && !*ret_value; i++)
		err = vfg_function_unknown(call, call->argument[i], ret_value);
	if (*ret_value)
		return 0;
	while (!err && at < end) {
		bool doubled = end - at > 1 && at[0] == at[1];

		if (*at == '{' && !doubled) {
			at++;
			err = append_hole(call, &builder, &at, end);
		} else if (*at == '}' && !doubled) {
			return vfg_evaluation_fail(builder.evaluation,
						   "format(): a } stands alone, write }}");
		} else {
			err = append(&builder, at, 1);
			at += *at == '{' || *at == '}' ? 2 : 1;
		}
	}
	return err ? err : finish(&builder, ret_value);
}

static int change_case(struct vfg_call *call, int (*change)(int), struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};
	size_t bytes;
	const char *from = text(call, 0, &bytes);
	int err = append(&builder, from, bytes);

	if (err)
		return err;
	for (size_t i = 0; i < bytes; i++) {
		if (!((unsigned char)builder.text[i] & 0x80))
			builder.text[i] = (char)change((unsigned char)builder.text[i]);
	}
	return finish(&builder, ret_value);
}

static int run_to_lower(struct vfg_call *call, struct json_object **ret_value)
{
	return change_case(call, tolower, ret_value);
}

static int run_to_upper(struct vfg_call *call, struct json_object **ret_value)
{
	return change_case(call, toupper, ret_value);
}

static int run_replace(struct vfg_call *call, struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};
	size_t bytes, old_bytes, new_bytes;
	const char *at = text(call, 0, &bytes), *old = text(call, 1, &old_bytes);
	const char *new = text(call, 2, &new_bytes), *end = at + bytes;
	int err = 0;

	if (!old_bytes)
		return vfg_evaluation_fail(builder.evaluation, "replace() of an empty string");
	while (!err && at < end) {
		const char *found = memmem(at, (size_t)(end - at), old, old_bytes);

		err = append(&builder, at, (size_t)((found ? found : end) - at));
		if (!err && found)
			err = append(&builder, new, new_bytes);
		at = found ? found + old_bytes : end;
	}
	return err ? err : finish(&builder, ret_value);
}

static int run_trim(struct vfg_call *call, struct json_object **ret_value)
{
	size_t bytes;
	const char *from = text(call, 0, &bytes);

	while (bytes && isspace((unsigned char)*from)) {
		from++;
		bytes--;
	}
	while (bytes && isspace((unsigned char)from[bytes - 1]))
		bytes--;
	return vfg_evaluation_text(call->template->evaluation, from, bytes, ret_value);
}

/* Bytes of the first @count characters. */
static size_t characters(const char *from, size_t bytes, size_t count)
{
	size_t at = 0;

	for (; count && at < bytes; count--) {
		for (at++; at < bytes && ((unsigned char)from[at] & 0xc0) == 0x80; at++)
			;
	}
	return at;
}

static size_t character_count(const char *from, size_t bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes; i++)
		count += ((unsigned char)from[i] & 0xc0) != 0x80;
	return count;
}

static int run_substring(struct vfg_call *call, struct json_object **ret_value)
{
	size_t bytes;
	const char *from = text(call, 0, &bytes);
	int64_t have = (int64_t)character_count(from, bytes);
	int64_t first = json_object_get_int64(call->argument[1]);
	int64_t count = call->count > 2 ? json_object_get_int64(call->argument[2]) : have - first;
	size_t skipped;

	if (first < 0 || count < 0 || first > have || count > have - first)
		return vfg_evaluation_fail(call->template->evaluation,
					   "substring() of %lld characters from %lld, the string "
					   "has %lld",
					   (long long)count, (long long)first, (long long)have);
	skipped = characters(from, bytes, (size_t)first);
	return vfg_evaluation_text(call->template->evaluation, from + skipped,
				   characters(from + skipped, bytes - skipped, (size_t)count),
				   ret_value);
}

static int run_starts_with(struct vfg_call *call, struct json_object **ret_value)
{
	size_t bytes, with_bytes;
	const char *from = text(call, 0, &bytes), *with = text(call, 1, &with_bytes);

	return vfg_function_bool(call, bytes >= with_bytes && !strncasecmp(from, with, with_bytes),
				 ret_value);
}

static int run_ends_with(struct vfg_call *call, struct json_object **ret_value)
{
	size_t bytes, with_bytes;
	const char *from = text(call, 0, &bytes), *with = text(call, 1, &with_bytes);

	return vfg_function_bool(call,
				 bytes >= with_bytes &&
					 !strncasecmp(from + bytes - with_bytes, with, with_bytes),
				 ret_value);
}

static int run_pad_left(struct vfg_call *call, struct json_object **ret_value)
{
	struct builder builder = {.evaluation = call->template->evaluation};
	int64_t width = json_object_get_int64(call->argument[1]), have;
	size_t pad_bytes = 1;
	const char *pad = call->count > 2 ? text(call, 2, &pad_bytes) : " ";
	int err = append_value(&builder, call->argument[0]);
	struct builder padded = {.evaluation = builder.evaluation};

	have = (int64_t)character_count(builder.text, builder.length);
	if (!err && (width > 256 || pad_bytes != 1))
		return vfg_evaluation_fail(builder.evaluation,
					   "padLeft() takes a width of 256 at most and one "
					   "character to pad with");
	for (; !err && have < width; have++)
		err = append(&padded, pad, 1);
	if (!err)
		err = append(&padded, builder.text, builder.length);
	return err ? err : finish(&padded, ret_value);
}

const struct vfg_function vfg_function_text[] = {
	{"concat", 1, VFG_FUNCTION_MAX, "*", VFG_FUNCTION_NAMING, run_concat},
	{"format", 1, VFG_FUNCTION_MAX, "s*", VFG_FUNCTION_NAMING, run_format},
	{"string", 1, 1, "*", 0, run_string},
	{"toLower", 1, 1, "s", 0, run_to_lower},
	{"toUpper", 1, 1, "s", 0, run_to_upper},
	{"replace", 3, 3, "s", 0, run_replace},
	{"trim", 1, 1, "s", 0, run_trim},
	{"substring", 2, 3, "sn", 0, run_substring},
	{"startsWith", 2, 2, "s", 0, run_starts_with},
	{"endsWith", 2, 2, "s", 0, run_ends_with},
	{"padLeft", 2, 3, "vns", 0, run_pad_left},
	{.name = NULL},
};
