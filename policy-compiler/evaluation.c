/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budget, pool and messages of an evaluation. A hostile template runs out of steps or bytes, and
 * ends in one message instead of a dead machine.
 */
#include "evaluation.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum {
	SHOWN_MAX = 200,   /* bytes of an expression in a message */
	VALUE_BYTES = 100, /* what json-c takes for one, about */
};

int vfg_evaluation_open(struct vfg_evaluation *evaluation, struct vfg_diag *diag, const char *file)
{
	*evaluation = (struct vfg_evaluation){
		.diag = diag,
		.file = file,
		.pool = json_object_new_array(),
		.steps = VFG_EVALUATION_STEPS_MAX,
		.bytes = VFG_EVALUATION_BYTES_MAX,
		.parsed = vfg_arena_array(diag->arena, VFG_EVALUATION_PARSED_MAX,
					  sizeof(struct vfg_parsed)),
	};
	return evaluation->pool && evaluation->parsed ? 0 : -ENOMEM;
}

void vfg_evaluation_close(struct vfg_evaluation *evaluation)
{
	json_object_put(evaluation->pool);
	evaluation->pool = NULL;
}

int vfg_evaluation_charge(struct vfg_evaluation *evaluation, size_t steps, size_t bytes)
{
	if (steps <= evaluation->steps && bytes <= evaluation->bytes) {
		evaluation->steps -= steps;
		evaluation->bytes -= bytes;
		return 0;
	}
	evaluation->steps = 0;
	evaluation->bytes = 0;
	if (!evaluation->spent)
		vfg_evaluation_fail(evaluation,
				    "the template takes more than %d steps or makes more than %d "
				    "bytes of values: it loops too often or grows too large",
				    VFG_EVALUATION_STEPS_MAX, VFG_EVALUATION_BYTES_MAX);
	evaluation->spent = true;
	return -EINVAL;
}

static int measure(struct vfg_evaluation *evaluation, struct json_object *value, unsigned int depth)
{
	int err = vfg_evaluation_charge(evaluation, 1, 0);

	if (!err && depth > VFG_JSON_DEPTH_MAX)
		return vfg_evaluation_fail(evaluation, "a value is nested more than %d levels deep",
					   VFG_JSON_DEPTH_MAX);
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; !err && i < json_object_array_length(value); i++)
			err = measure(evaluation, json_object_array_get_idx(value, i), depth + 1);
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			(void)name;
			if (!err)
				err = measure(evaluation, member, depth + 1);
		}
	}
	return err;
}

int vfg_evaluation_measure(struct vfg_evaluation *evaluation, struct json_object *value)
{
	return measure(evaluation, value, 1);
}

int vfg_evaluation_enter(struct vfg_evaluation *evaluation)
{
	int err = vfg_evaluation_charge(evaluation, 1, VALUE_BYTES);

	if (err)
		return err;
	if (evaluation->depth == VFG_EVALUATION_DEPTH_MAX)
		return vfg_evaluation_fail(evaluation,
					   "values refer to one another more than %d levels deep",
					   VFG_EVALUATION_DEPTH_MAX);
	evaluation->depth++;
	return 0;
}

void vfg_evaluation_leave(struct vfg_evaluation *evaluation)
{
	evaluation->depth--;
}

int vfg_evaluation_weigh(struct vfg_evaluation *evaluation, struct json_object *value)
{
	size_t bytes = 8;
	int err = 0;

	if (json_object_is_type(value, json_type_string))
		bytes += (size_t)json_object_get_string_len(value);
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; !err && i < json_object_array_length(value); i++)
			err = vfg_evaluation_weigh(evaluation, json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			bytes += strlen(name) + 4;
			if (!err)
				err = vfg_evaluation_weigh(evaluation, member);
		}
	}
	return err ? err : vfg_evaluation_charge(evaluation, 1, bytes);
}

int vfg_evaluation_keep(struct vfg_evaluation *evaluation, struct json_object *value,
			struct json_object **ret_value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_array_add(evaluation->pool, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	*ret_value = value;
	return 0;
}

int vfg_evaluation_text(struct vfg_evaluation *evaluation, const char *text, size_t bytes,
			struct json_object **ret_value)
{
	int err = vfg_evaluation_charge(evaluation, 1, bytes);

	if (err)
		return err;
	return vfg_evaluation_keep(evaluation, json_object_new_string_len(text, (int)bytes),
				   ret_value);
}

/* The expression at hand and a colon, "" where there is none; NULL without memory. */
static const char *quote(struct vfg_evaluation *evaluation)
{
	bool cut = evaluation->text_bytes > SHOWN_MAX;

	if (!evaluation->text)
		return "";
	return vfg_arena_format(evaluation->diag->arena,
				"\"%.*s%s\": ", cut ? SHOWN_MAX : (int)evaluation->text_bytes,
				evaluation->text, cut ? "..." : "");
}

static const char *format_text(struct vfg_arena *arena, const char *format, va_list args)
{
	char *text = NULL;
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length >= 0)
		text = vfg_arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

/* A loop can repeat a fault without end, and each takes a message. */
static bool is_said(struct vfg_evaluation *evaluation)
{
	if (evaluation->faults++ < VFG_EVALUATION_FAULTS_MAX)
		return true;
	if (!evaluation->spent)
		vfg_diag_add(evaluation->diag, VFG_ERROR,
			     (struct vfg_place){.file = evaluation->file}, "InvalidTemplate",
			     "more than %d faults: the rest of the template is not read",
			     VFG_EVALUATION_FAULTS_MAX);
	evaluation->spent = true;
	evaluation->steps = 0;
	return false;
}

int vfg_evaluation_fail(struct vfg_evaluation *evaluation, const char *format, ...)
{
	const struct vfg_place place = {evaluation->file, evaluation->place.rule,
					evaluation->place.field};
	const char *says, *quoted;
	va_list args;

	if (!is_said(evaluation))
		return -EINVAL;
	quoted = quote(evaluation);

	va_start(args, format);
	says = format_text(evaluation->diag->arena, format, args);
	va_end(args);
	vfg_diag_add(evaluation->diag, VFG_ERROR, place, "InvalidTemplate", "%s%s",
		     quoted ? quoted : "", says ? says : "");
	return -EINVAL;
}

int vfg_evaluation_unresolved(struct vfg_evaluation *evaluation, struct json_object **ret_value,
			      const char *format, ...)
{
	const char *says, *why = NULL, *quoted = quote(evaluation);
	va_list args;

	va_start(args, format);
	says = format_text(evaluation->diag->arena, format, args);
	va_end(args);
	if (quoted && says)
		why = vfg_arena_format(evaluation->diag->arena, "%s%s", quoted, says);
	if (!why)
		return -ENOMEM;
	return vfg_evaluation_keep(evaluation, vfg_json_unresolved_new(why), ret_value);
}

int vfg_evaluation_parse(struct vfg_evaluation *evaluation, const char *text, size_t bytes,
			 const struct vfg_node **ret_node)
{
	struct vfg_parsed *parsed =
		&evaluation->parsed[((uintptr_t)text >> 4) % VFG_EVALUATION_PARSED_MAX];
	const char *problem = "";
	int err;

	if (parsed->text == text) {
		*ret_node = parsed->node;
		return 0;
	}
	err = vfg_evaluation_charge(evaluation, bytes / 8, bytes);
	if (err)
		return err;
	err = vfg_expression_parse(evaluation->diag->arena, text, bytes, ret_node, &problem);
	if (err == -EINVAL)
		return vfg_evaluation_fail(evaluation, "%s", problem);
	if (!err)
		*parsed = (struct vfg_parsed){text, *ret_node};
	return err;
}

const char *vfg_evaluation_type(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "a boolean";
	case json_type_double:
	case json_type_int:
		return "a number";
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_string:
		return "a string";
	}
	return "nothing known";
}
