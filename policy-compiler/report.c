/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands print: messages and verdicts, as lines for people and as JSON for scripts.
 */
#include <string.h>

#include "json.h"

static void tree_put(struct json_object **tree)
{
	json_object_put(*tree);
}

static const char *text_of(struct vfg_arena *arena, struct json_object *tree)
{
	const char *text = json_object_to_json_string_ext(
		tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return text ? vfg_arena_strndup(arena, text, strlen(text)) : NULL;
}

/* json-c takes the value over, even where it has no memory to keep it: nothing to release here. */
static void put_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

const char *vfg_report_message(struct vfg_arena *arena, const char *program,
			       const struct vfg_message *message)
{
	bool in_rule = *message->rule, in_field = *message->field, in_file = *message->file;
	const char *text = vfg_arena_format(
		arena, "%s: %s%s%s%s%s%s%s%s%s: %s", program, message->file, in_file ? ": " : "",
		in_rule ? "rule " : "", message->rule, in_rule ? ": " : "", message->field,
		in_field ? ": " : "", message->severity == VFG_WARNING ? "warning: " : "",
		message->code, message->text);

	return text ? text : "";
}

static struct json_object *entry(const struct vfg_message *message)
{
	struct json_object *object = json_object_new_object();
	struct json_object *target = json_object_new_object();

	put_text(object, "code", message->code);
	put_text(object, "message", message->text);
	put_text(target, "file", message->file);
	put_text(target, "rule", message->rule);
	put_text(target, "field", message->field);
	json_object_object_add(object, "target", target);
	return object;
}

const char *vfg_report_diag(struct vfg_arena *arena, const struct vfg_diag *diag)
{
	__attribute__((cleanup(tree_put))) struct json_object *tree = json_object_new_object();
	struct json_object *error = NULL;
	struct json_object *details = json_object_new_array();
	struct json_object *warnings = json_object_new_array();
	const struct vfg_message *message = diag->first;

	for (; message; message = message->next) {
		if (message->severity == VFG_WARNING) {
			json_object_array_add(warnings, entry(message));
			continue;
		}
		if (!error) {
			error = json_object_new_object();
			put_text(error, "code", message->code);
			put_text(error, "message", message->text);
		}
		json_object_array_add(details, entry(message));
	}
	if (error)
		json_object_object_add(error, "details", details);
	else
		json_object_put(details);
	json_object_object_add(tree, "error", error);
	json_object_object_add(tree, "warnings", warnings);
	return text_of(arena, tree);
}

const char *vfg_report_verdict(struct vfg_arena *arena, const struct vfg_verdict *verdict,
			       bool json)
{
	__attribute__((cleanup(tree_put))) struct json_object *tree = NULL;
	const char *access = verdict->allow ? "Allow" : "Deny";

	if (!json)
		return vfg_arena_format(arena, "%s%s%s", access, *verdict->rule ? " " : "",
					verdict->rule);
	tree = json_object_new_object();
	put_text(tree, "access", access);
	put_text(tree, "ruleName", verdict->rule);
	return text_of(arena, tree);
}
