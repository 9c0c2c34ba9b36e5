/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives parameters their values, and holds each against what the template declares.
 */
#include "parameter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Who gives a value, for messages. */
struct giver {
	struct vfg_template *template;
	const char *file;
};

static int fail(const struct giver *giver, const char *name, const char *says)
{
	vfg_diag_add(giver->template->evaluation->diag, VFG_ERROR,
		     (struct vfg_place){.file = giver->file}, "InvalidTemplateParameter",
		     "parameter %s %s", name, says);
	return -EINVAL;
}

int vfg_parameter_declare(struct vfg_template *template, struct json_object *tree)
{
	struct json_object *declared = vfg_json_member(tree, "parameters");
	struct vfg_symbols *symbols = &template->parameters;
	size_t count = json_object_is_type(declared, json_type_object)
			       ? (size_t)json_object_object_length(declared)
			       : 0;

	if (declared && !json_object_is_type(declared, json_type_object))
		return vfg_evaluation_fail(template->evaluation,
					   "the template's parameters are %s, not an object",
					   vfg_evaluation_type(declared));
	symbols->symbol =
		vfg_arena_array(template->evaluation->diag->arena, count, sizeof(*symbols->symbol));
	if (!symbols->symbol)
		return -ENOMEM;
	if (!count)
		return 0;
	json_object_object_foreach(declared, name, declaration)
	{
		struct vfg_symbol *symbol = &symbols->symbol[symbols->count++];

		symbol->name = name;
		symbol->declaration = declaration;
		symbol->source = vfg_json_member(declaration, "defaultValue");
		symbol->absent = !symbol->source &&
				 !json_object_get_boolean(vfg_json_member(declaration, "nullable"));
	}
	return 0;
}

/* What a declared type takes; NULL where the type is not one that is checked. */
static const char *type_name(const struct vfg_symbol *symbol)
{
	struct json_object *type = vfg_json_member(symbol->declaration, "type");

	return json_object_is_type(type, json_type_string) ? json_object_get_string(type) : NULL;
}

static bool is_type(struct json_object *value, const char *type)
{
	static const struct {
		const char *name;
		enum json_type type;
	} types[] = {
		{"string", json_type_string},
		{"securestring", json_type_string},
		{"int", json_type_int},
		{"bool", json_type_boolean},
		{"array", json_type_array},
		{"object", json_type_object},
		{"secureobject", json_type_object},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (!strcasecmp(types[i].name, type))
			return json_object_is_type(value, types[i].type);
	}
	return true;
}

static bool is_equal(struct json_object *a, struct json_object *b)
{
	if (json_object_is_type(a, json_type_string) && json_object_is_type(b, json_type_string))
		return !strcasecmp(json_object_get_string(a), json_object_get_string(b));
	return json_object_equal(a, b);
}

static bool is_allowed(struct json_object *allowed, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(allowed); i++) {
		if (is_equal(json_object_array_get_idx(allowed, i), value))
			return true;
	}
	return false;
}

/* Of an array, every element must be allowed, or the array as a whole. */
static bool are_allowed(struct json_object *allowed, struct json_object *value)
{
	bool all = json_object_is_type(value, json_type_array);

	if (!allowed || is_allowed(allowed, value))
		return true;
	for (size_t i = 0; all && i < json_object_array_length(value); i++)
		all = is_allowed(allowed, json_object_array_get_idx(value, i));
	return all;
}

/* Return: 0, or -EINVAL for a value that the declaration does not take. */
static int check(const struct giver *giver, const struct vfg_symbol *symbol,
		 struct json_object *value)
{
	struct vfg_arena *arena = giver->template->evaluation->diag->arena;
	struct json_object *allowed = vfg_json_array(symbol->declaration, "allowedValues");
	const char *type = type_name(symbol);

	if (vfg_json_is_unresolved(value) || !value)
		return 0;
	if (type && !is_type(value, type))
		return fail(giver, symbol->name,
			    vfg_arena_format(arena, "is %s, the template takes a value of type %s",
					     vfg_evaluation_type(value), type));
	if (are_allowed(allowed, value))
		return 0;
	return fail(
		giver, symbol->name,
		vfg_arena_format(arena, "has a value that is not among those allowed: %s",
				 json_object_to_json_string_ext(allowed, JSON_C_TO_STRING_PLAIN)));
}

/* A value that is null leaves the default in place. */
static int give(const struct giver *giver, struct vfg_symbol *symbol, struct json_object *value)
{
	int err = check(giver, symbol, value);

	if (err || !value)
		return err;
	symbol->value = value;
	symbol->state = VFG_SYMBOL_KNOWN;
	symbol->checked = true;
	symbol->absent = false;
	return 0;
}

static struct vfg_symbol *find(const struct giver *giver, const char *name)
{
	struct vfg_template *template = giver->template;
	struct vfg_symbol *symbol = vfg_template_find(template, &template->parameters, name);
	const char *where = *template->name ? template->name : template->evaluation->file;

	if (!symbol)
		fail(giver, name,
		     vfg_arena_format(template->evaluation->diag->arena,
				      "is none of %s, whose parameters are: %s", where,
				      vfg_template_names(template, &template->parameters)));
	return symbol;
}

/* {"value":...}, or a reference to a key vault, whose secrets are not for us. */
static int give_member(const struct giver *giver, const char *name, struct json_object *given)
{
	struct vfg_symbol *symbol = find(giver, name);
	struct json_object *value = vfg_json_member(given, "value");
	int err;

	if (!symbol)
		return -EINVAL;
	if (vfg_json_is_unresolved(given))
		return give(giver, symbol, given);
	if (!json_object_is_type(given, json_type_object))
		return fail(giver, name, "is not given as {\"value\": ...}");
	if (vfg_json_member(given, "reference")) {
		err = vfg_evaluation_unresolved(giver->template->evaluation, &value,
						"parameter %s is a reference to a key vault, which "
						"is not read: give the value with --param %s=VALUE",
						name, name);
		if (err)
			return err;
	}
	return give(giver, symbol, value);
}

static int give_members(const struct giver *giver, struct json_object *given)
{
	int result = 0;

	if (!json_object_is_type(given, json_type_object))
		return 0;
	json_object_object_foreach(given, name, value)
	{
		int err = give_member(giver, name, value);

		if (err == -ENOMEM)
			return err;
		result = err ? err : result;
	}
	return result;
}

int vfg_parameter_pass(struct vfg_template *template, struct json_object *values)
{
	const struct giver giver = {template, template->evaluation->file};

	return give_members(&giver, values);
}

/* The text of a definition as the declared type. Return: 0, with NULL where it is not of it. */
static int value_of_text(const struct giver *giver, const struct vfg_symbol *symbol,
			 const char *text, struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = giver->template->evaluation;
	const char *type = type_name(symbol) ?: *text == '{' || *text == '[' ? "object" : "string";
	struct json_object *value = NULL;
	long long number;
	char *end;
	int err;

	if (!strcasecmp(type, "bool") && (!strcasecmp(text, "true") || !strcasecmp(text, "false")))
		value = json_object_new_boolean(!strcasecmp(text, "true"));
	errno = 0;
	number = strtoll(text, &end, 10);
	if (!strcasecmp(type, "int") && !errno && end != text && !*end)
		value = json_object_new_int64(number);
	if (!strcasecmp(type, "string") || !strcasecmp(type, "securestring"))
		value = json_object_new_string(text);
	if (!strcasecmp(type, "array") || !strcasecmp(type, "object") ||
	    !strcasecmp(type, "secureobject")) {
		err = vfg_json_parse(evaluation->diag, giver->file, text, strlen(text), &value);
		if (err)
			return err;
	}
	*ret_value = NULL;
	return value ? vfg_evaluation_keep(evaluation, value, ret_value) : 0;
}

/* NAME=VALUE */
static int define(struct vfg_template *template, const char *definition)
{
	struct vfg_arena *arena = template->evaluation->diag->arena;
	const char *equals = strchr(definition, '=');
	struct giver giver = {template, "--param"};
	struct json_object *value;
	struct vfg_symbol *symbol;
	const char *name;
	int err;

	if (!equals || equals == definition)
		return fail(&giver, definition, "has no value: --param NAME=VALUE");
	name = vfg_arena_strndup(arena, definition, (size_t)(equals - definition));
	if (!name)
		return -ENOMEM;
	symbol = find(&giver, name);
	if (!symbol)
		return -EINVAL;
	err = value_of_text(&giver, symbol, equals + 1, &value);
	if (err)
		return err;
	if (!value)
		return fail(&giver, name,
			    vfg_arena_format(arena,
					     "is \"%s\", the template takes a value of type %s",
					     equals + 1, type_name(symbol) ?: "object"));
	return give(&giver, symbol, value);
}

int vfg_parameter_give(struct vfg_template *template, const struct vfg_parameters *parameters)
{
	int result = 0;

	for (size_t i = 0; i < parameters->file_count; i++) {
		const struct giver giver = {template, parameters->file[i]};
		struct json_object *given = vfg_json_member(parameters->tree[i], "parameters");
		int err = give_members(&giver, given ? given : parameters->tree[i]);

		if (err == -ENOMEM)
			return err;
		result = err ? err : result;
	}
	for (size_t i = 0; i < parameters->define_count; i++) {
		int err = define(template, parameters->define[i]);

		if (err == -ENOMEM)
			return err;
		result = err ? err : result;
	}
	return result;
}

/* Return: 0; -EINVAL where the default is not what the declaration takes. */
static int check_default(struct vfg_template *template, struct vfg_symbol *symbol)
{
	const struct giver giver = {template, template->evaluation->file};
	int err = symbol->checked ? 0 : check(&giver, symbol, symbol->value);

	symbol->checked = true;
	if (err)
		symbol->state = VFG_SYMBOL_BROKEN;
	return err;
}

int vfg_parameter_value(struct vfg_template *template, const char *name,
			struct json_object **ret_value)
{
	struct vfg_symbol *symbol = vfg_template_find(template, &template->parameters, name);
	int err;

	if (!symbol)
		return vfg_evaluation_fail(template->evaluation,
					   "there is no parameter %s; there are: %s", name,
					   vfg_template_names(template, &template->parameters));
	if (symbol->absent && *template->name)
		return vfg_evaluation_unresolved(template->evaluation, ret_value,
						 "parameter %s of the nested deployment %s has no "
						 "value",
						 name, template->name);
	if (symbol->absent)
		return vfg_evaluation_unresolved(template->evaluation, ret_value,
						 "parameter %s has no value: --param %s=VALUE or "
						 "--parameters FILE",
						 symbol->name, symbol->name);
	err = vfg_template_symbol(template, symbol, ret_value);
	return err ? err : check_default(template, symbol);
}
