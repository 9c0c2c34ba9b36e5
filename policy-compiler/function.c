/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of functions: finds them, evaluates and checks their arguments, and says which functions
 * have no value before a deployment.
 */
#include "function.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct vfg_function *const table[] = {
	vfg_function_choice, vfg_function_text,	  vfg_function_list,
	vfg_function_object, vfg_function_number, vfg_function_scope,
};

/* What only a deployment knows. */
static const char *const runtime[] = {
	"reference",	   "references",   "uniqueString",    "guid",		"newGuid",
	"utcNow",	   "environment",  "deployment",      "deployer",	"resourceGroup",
	"subscription",	   "tenant",	   "managementGroup", "providers",	"pickZones",
	"getSecret",	   "resourceInfo", "toLogicalZone",   "toLogicalZones", "toPhysicalZone",
	"toPhysicalZones",
};

static const struct vfg_function *find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		for (const struct vfg_function *at = table[i]; at->name; at++) {
			if (!strcasecmp(at->name, name))
				return at;
		}
	}
	return NULL;
}

static bool is_runtime(const char *name)
{
	for (size_t i = 0; i < sizeof(runtime) / sizeof(*runtime); i++) {
		if (!strcasecmp(runtime[i], name))
			return true;
	}
	return !strncasecmp(name, "list", 4);
}

static int unknown_function(struct vfg_template *template, const struct vfg_node *node,
			    struct json_object **ret_value)
{
	if (is_runtime(node->text))
		return vfg_evaluation_unresolved(
			template->evaluation, ret_value,
			"%s() is only known at deployment: give the value with --param NAME=VALUE, "
			"or write it out",
			node->text);
	if (strchr(node->text, '.'))
		return vfg_evaluation_unresolved(
			template->evaluation, ret_value,
			"%s() is a function of the template's own, which is not evaluated here: "
			"write the value out",
			node->text);
	return vfg_evaluation_unresolved(template->evaluation, ret_value,
					 "the function %s() is not known here: write the value out",
					 node->text);
}

static bool is_type(struct json_object *value, char letter)
{
	bool text = json_object_is_type(value, json_type_string);
	bool array = json_object_is_type(value, json_type_array);
	bool object = json_object_is_type(value, json_type_object);
	bool boolean = json_object_is_type(value, json_type_boolean);

	switch (letter) {
	case 's':
		return text;
	case 'n':
		return json_object_is_type(value, json_type_int);
	case 'b':
		return boolean;
	case 'a':
		return array;
	case 'o':
		return object;
	case 'l':
		return text || array;
	case 'c':
		return text || array || object;
	case 'm':
		return array || object;
	case 'v':
		return vfg_json_is_text(value) || boolean;
	default:
		return true;
	}
}

static const char *type_name(char letter)
{
	static const char letters[] = "snbaolcmv";
	static const char *const name[] = {
		"a string",
		"a whole number",
		"a boolean",
		"an array",
		"an object",
		"a string or an array",
		"a string, an array or an object",
		"an array or an object",
		"a string, a number or a boolean",
	};
	const char *at = strchr(letters, letter);

	return at && *at ? name[at - letters] : "a value";
}

static char taken(const struct vfg_function *function, size_t index)
{
	size_t last = strlen(function->takes);

	if (!last)
		return '*';
	return function->takes[index < last ? index : last - 1];
}

/* A part of a name that is not known stands there as its expression. */
static int name_argument(struct vfg_template *template, const struct vfg_node *node,
			 struct json_object **argument)
{
	struct vfg_arena *arena = template->evaluation->diag->arena;
	const char *in = *template->name ? template->name : NULL;
	const char *text = vfg_arena_format(arena, "[%.*s%s%s%s]", (int)node->source_bytes,
					    node->source, in ? " in " : "", in ? in : "", "");

	if (text && template->loop && strcasestr(text, "copyIndex("))
		text = vfg_arena_format(arena, "%s(%lld)", text, (long long)template->loop->index);
	if (!text)
		return -ENOMEM;
	return vfg_evaluation_text(template->evaluation, text, strlen(text), argument);
}

/* Return: 0, with an unresolved argument in @ret_unknown that must be the answer, or NULL. */
static int evaluate_arguments(struct vfg_call *call, const struct vfg_function *function,
			      struct json_object **ret_unknown)
{
	const bool naming = call->template->naming;
	int err = 0;

	*ret_unknown = NULL;
	call->template->naming = naming && (function->flags & VFG_FUNCTION_NAMING);
	for (size_t i = 0; !err && i < call->count; i++) {
		struct json_object **argument = &call->argument[i];
		const struct vfg_node *node = call->node->child[i];

		err = vfg_template_node(call->template, node, argument);
		if (err || !vfg_json_is_unresolved(*argument))
			continue;
		if (call->template->naming)
			err = name_argument(call->template, node, argument);
		else if (!*ret_unknown)
			*ret_unknown = *argument;
	}
	call->template->naming = naming;
	if (function->flags & VFG_FUNCTION_TOLERANT)
		*ret_unknown = NULL;
	return err;
}

static int check_arguments(struct vfg_call *call, const struct vfg_function *function)
{
	for (size_t i = 0; i < call->count; i++) {
		char letter = taken(function, i);

		if (vfg_json_is_unresolved(call->argument[i]) || is_type(call->argument[i], letter))
			continue;
		return vfg_evaluation_fail(call->template->evaluation,
					   "argument %zu of %s() is %s, it takes %s", i + 1,
					   function->name, vfg_evaluation_type(call->argument[i]),
					   type_name(letter));
	}
	return 0;
}

static int check_count(struct vfg_call *call, const struct vfg_function *function)
{
	if (call->count >= function->min && call->count <= function->max)
		return 0;
	return vfg_evaluation_fail(call->template->evaluation,
				   "%s() has %zu arguments, it takes %zu%s", function->name,
				   call->count,
				   call->count < function->min ? function->min : function->max,
				   function->min == function->max ? ""
				   : call->count < function->min  ? " at least"
								  : " at most");
}

int vfg_function_call(struct vfg_template *template, const struct vfg_node *node,
		      struct json_object **ret_value)
{
	const struct vfg_function *function = find(node->text);
	struct vfg_call call = {.template = template, .node = node, .count = node->count};
	struct json_object *unknown = NULL;
	int err;

	*ret_value = NULL;
	if (!function)
		return unknown_function(template, node, ret_value);
	err = check_count(&call, function);
	if (err)
		return err;
	if (function->flags & VFG_FUNCTION_LAZY)
		return function->run(&call, ret_value);
	call.argument = vfg_arena_array(template->evaluation->diag->arena, call.count,
					sizeof(struct json_object *));
	if (!call.argument)
		return -ENOMEM;
	err = evaluate_arguments(&call, function, &unknown);
	if (!err)
		err = check_arguments(&call, function);
	if (err)
		return err;
	if (unknown) {
		*ret_value = unknown;
		return 0;
	}
	return function->run(&call, ret_value);
}

int vfg_function_bool(struct vfg_call *call, bool value, struct json_object **ret_value)
{
	return vfg_evaluation_keep(call->template->evaluation, json_object_new_boolean(value),
				   ret_value);
}

int vfg_function_number_of(struct vfg_call *call, int64_t value, struct json_object **ret_value)
{
	return vfg_evaluation_keep(call->template->evaluation, json_object_new_int64(value),
				   ret_value);
}

/* Values are of bounded depth where they come from a tree or an expression that is done. */
static struct json_object *unknown_part(struct json_object *value)
{
	struct json_object *part = NULL;

	if (vfg_json_is_unresolved(value))
		return value;
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; !part && i < json_object_array_length(value); i++)
			part = unknown_part(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			(void)name;
			if (!part)
				part = unknown_part(member);
		}
	}
	return part;
}

int vfg_function_unknown(struct vfg_call *call, struct json_object *value,
			 struct json_object **ret_part)
{
	int err = vfg_evaluation_measure(call->template->evaluation, value);

	if (!err)
		*ret_part = unknown_part(value);
	return err;
}
