/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evaluates expressions of a template, and the variables and parameters that they name. What
 * functions do is function.c's.
 */
#include "template.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "copy.h"
#include "function.h"

enum {
	NAMES_SHOWN = 40,
};

struct vfg_symbol *vfg_template_find(struct vfg_template *template,
				     const struct vfg_symbols *symbols, const char *name)
{
	if (vfg_evaluation_charge(template->evaluation, symbols->count / 16, 0))
		return NULL;
	for (size_t i = 0; i < symbols->count; i++) {
		if (!strcasecmp(symbols->symbol[i].name, name))
			return &symbols->symbol[i];
	}
	return NULL;
}

const char *vfg_template_names(struct vfg_template *template, const struct vfg_symbols *symbols)
{
	const char *names = symbols->count ? "" : "none";

	for (size_t i = 0; i < symbols->count && names; i++) {
		if (i == NAMES_SHOWN)
			return vfg_arena_format(template->evaluation->diag->arena, "%s, ...", names)
				       ?: "";
		names = vfg_arena_format(template->evaluation->diag->arena, "%s%s%s", names,
					 i ? ", " : "", symbols->symbol[i].name);
	}
	return names ? names : "";
}

/* Variables and defaults see no loop, and are values, not names. */
static int evaluate_symbol(struct vfg_template *template, struct vfg_symbol *symbol)
{
	const struct vfg_template saved = *template;
	int err;

	template->loop = NULL;
	template->binding = NULL;
	template->naming = false;
	template->named = false;
	err = symbol->loop ? vfg_copy_list(template, symbol->source, &symbol->value)
			   : vfg_template_value(template, symbol->source, &symbol->value);
	*template = saved;
	return err;
}

int vfg_template_symbol(struct vfg_template *template, struct vfg_symbol *symbol,
			struct json_object **ret_value)
{
	int err;

	if (symbol->state == VFG_SYMBOL_BROKEN)
		return -EINVAL;
	if (symbol->state == VFG_SYMBOL_RUNNING)
		return vfg_evaluation_fail(template->evaluation, "%s is defined by itself",
					   symbol->name);
	if (symbol->state == VFG_SYMBOL_NEW) {
		symbol->state = VFG_SYMBOL_RUNNING;
		err = evaluate_symbol(template, symbol);
		symbol->state = err ? VFG_SYMBOL_BROKEN : VFG_SYMBOL_KNOWN;
		if (err)
			return err;
	}
	*ret_value = symbol->value;
	return 0;
}

static int member_of_object(struct vfg_template *template, const struct vfg_node *node,
			    struct json_object *object, struct json_object *key,
			    struct json_object **ret_value)
{
	const char *name = json_object_get_string(key);
	int err = vfg_evaluation_charge(template->evaluation,
					(size_t)json_object_object_length(object) / 16, 0);

	if (err)
		return err;
	json_object_object_foreach(object, member, value)
	{
		if (strcasecmp(member, name))
			continue;
		*ret_value = value;
		return 0;
	}
	*ret_value = NULL;
	if (node->safe)
		return 0;
	return vfg_evaluation_fail(template->evaluation, "there is no property %s in %.*s", name,
				   (int)node->child[0]->source_bytes, node->child[0]->source);
}

static int member_of_array(struct vfg_template *template, const struct vfg_node *node,
			   struct json_object *array, struct json_object *key,
			   struct json_object **ret_value)
{
	size_t count = json_object_array_length(array);
	int64_t index = json_object_get_int64(key);

	if (index >= 0 && (size_t)index < count) {
		*ret_value = json_object_array_get_idx(array, (size_t)index);
		return 0;
	}
	*ret_value = NULL;
	if (node->safe)
		return 0;
	return vfg_evaluation_fail(
		template->evaluation, "%.*s has %zu elements, none of index %lld",
		(int)node->child[0]->source_bytes, node->child[0]->source, count, (long long)index);
}

static int member(struct vfg_template *template, const struct vfg_node *node,
		  struct json_object **ret_value)
{
	const bool naming = template->naming;
	struct json_object *base, *key;
	int err;

	template->naming = false;
	err = vfg_template_node(template, node->child[0], &base);
	if (!err)
		err = vfg_template_node(template, node->child[1], &key);
	template->naming = naming;
	if (err)
		return err;
	if (vfg_json_is_unresolved(base) || vfg_json_is_unresolved(key)) {
		*ret_value = vfg_json_is_unresolved(base) ? base : key;
		return 0;
	}
	if (json_object_is_type(base, json_type_object) &&
	    json_object_is_type(key, json_type_string))
		return member_of_object(template, node, base, key, ret_value);
	if (json_object_is_type(base, json_type_array) && json_object_is_type(key, json_type_int))
		return member_of_array(template, node, base, key, ret_value);
	*ret_value = NULL;
	if (!base && node->safe)
		return 0;
	return vfg_evaluation_fail(template->evaluation, "%.*s is %s and has no members by %s",
				   (int)node->child[0]->source_bytes, node->child[0]->source,
				   vfg_evaluation_type(base), vfg_evaluation_type(key));
}

static int word(struct vfg_template *template, const char *text, struct json_object **ret_value)
{
	*ret_value = NULL;
	if (!strcasecmp(text, "null"))
		return 0;
	return vfg_evaluation_keep(template->evaluation,
				   json_object_new_boolean(!strcasecmp(text, "true")), ret_value);
}

static int node_value(struct vfg_template *template, const struct vfg_node *node,
		      struct json_object **ret_value)
{
	switch (node->kind) {
	case VFG_NODE_TEXT:
		return vfg_evaluation_text(template->evaluation, node->text, strlen(node->text),
					   ret_value);
	case VFG_NODE_NUMBER:
		return vfg_evaluation_keep(template->evaluation,
					   json_object_new_int64(node->number), ret_value);
	case VFG_NODE_WORD:
		return word(template, node->text, ret_value);
	case VFG_NODE_CALL:
		return vfg_function_call(template, node, ret_value);
	case VFG_NODE_MEMBER:
		return member(template, node, ret_value);
	}
	return -EINVAL;
}

int vfg_template_node(struct vfg_template *template, const struct vfg_node *node,
		      struct json_object **ret_value)
{
	int err = vfg_evaluation_enter(template->evaluation);

	if (err)
		return err;
	err = node_value(template, node, ret_value);
	vfg_evaluation_leave(template->evaluation);
	return err;
}

int vfg_template_expression(struct vfg_template *template, struct json_object *source,
			    struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = template->evaluation;
	const char *text = evaluation->text;
	size_t bytes = evaluation->text_bytes;
	const struct vfg_node *node;
	int err;

	evaluation->text = json_object_get_string(source);
	evaluation->text_bytes = (size_t)json_object_get_string_len(source);
	err = vfg_evaluation_parse(evaluation, evaluation->text, evaluation->text_bytes, &node);
	if (!err)
		err = vfg_template_node(template, node, ret_value);
	if (!err)
		err = vfg_evaluation_measure(evaluation, *ret_value);
	evaluation->text = text;
	evaluation->text_bytes = bytes;
	return err;
}

static struct json_object *object_or_null(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) ? value : NULL;
}

int vfg_template_variables(struct vfg_template *template, struct json_object *variables)
{
	struct json_object *loops = vfg_copy_of(variables), *object = object_or_null(variables);
	size_t count = object ? (size_t)json_object_object_length(object) : 0;
	struct vfg_symbols *symbols = &template->variables;

	count += loops ? json_object_array_length(loops) : 0;
	symbols->symbol =
		vfg_arena_array(template->evaluation->diag->arena, count, sizeof(*symbols->symbol));
	if (!symbols->symbol)
		return -ENOMEM;
	for (size_t i = 0; loops && i < json_object_array_length(loops); i++) {
		struct vfg_symbol *symbol = &symbols->symbol[symbols->count++];

		symbol->source = json_object_array_get_idx(loops, i);
		symbol->loop = true;
		symbol->name = vfg_json_text(template->evaluation->diag->arena,
					     vfg_json_member(symbol->source, "name"))
				       ?: "";
	}
	if (!object)
		return 0;
	json_object_object_foreach(object, name, value)
	{
		if (loops && !strcasecmp(name, "copy"))
			continue;
		symbols->symbol[symbols->count++] =
			(struct vfg_symbol){.name = name, .source = value};
	}
	return 0;
}
