/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evaluates whole values of a template: every expression in them, the loops of their properties,
 * and names, which must come out as text even where they are not known.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "copy.h"

enum {
	VALUE_BYTES = 100, /* what json-c takes for one, about */
};

static int text_value(struct vfg_template *template, struct json_object *source,
		      struct json_object **ret_value)
{
	const char *text = json_object_get_string(source);
	size_t bytes = (size_t)json_object_get_string_len(source);

	if (vfg_expression_is(text, bytes))
		return vfg_template_expression(template, source, ret_value);
	*ret_value = source;
	if (vfg_expression_is_escaped(text, bytes))
		return vfg_evaluation_text(template->evaluation, text + 1, bytes - 1, ret_value);
	return 0;
}

/* After a fault in one element or member the others are evaluated too, for their messages. */
static bool goes_on(const struct vfg_template *template, int err)
{
	return !err || (err == -EINVAL && !template->evaluation->spent);
}

static int array_value(struct vfg_template *template, struct json_object *source,
		       struct json_object **ret_value)
{
	struct json_object *array;
	int err = vfg_evaluation_keep(template->evaluation, json_object_new_array(), &array);
	int result = err;

	for (size_t i = 0; goes_on(template, err) && i < json_object_array_length(source); i++) {
		struct json_object *item;

		err = vfg_template_value(template, json_object_array_get_idx(source, i), &item);
		if (!err && json_object_array_add(array, json_object_get(item)))
			err = -ENOMEM;
		result = err ? err : result;
	}
	*ret_value = array;
	return result;
}

/* No name may be given twice, by an expression or a loop, as no file may say it twice. */
static int add_member(struct vfg_template *template, struct json_object *object, const char *name,
		      struct json_object *value)
{
	int err = vfg_evaluation_charge(template->evaluation,
					(size_t)json_object_object_length(object) / 16,
					VALUE_BYTES + strlen(name));

	if (err)
		return err;
	json_object_object_foreach(object, other, ignored)
	{
		(void)ignored;
		if (!strcasecmp(other, name))
			return vfg_evaluation_fail(template->evaluation,
						   "the property %s is given twice in one object",
						   name);
	}
	return json_object_object_add(object, name, json_object_get(value)) ? -ENOMEM : 0;
}

static int add_loops(struct vfg_template *template, struct json_object *loops,
		     struct json_object *object)
{
	for (size_t i = 0; i < json_object_array_length(loops); i++) {
		struct json_object *loop = json_object_array_get_idx(loops, i), *list;
		const char *name;
		int err = vfg_copy_name(template, loop, &name);

		if (!err)
			err = vfg_copy_list(template, loop, &list);
		if (!err)
			err = add_member(template, object, name, list);
		if (err)
			return err;
	}
	return 0;
}

/* The text that stands in a resource for its name or id, where that is not known. */
static int keep_name(struct vfg_template *template, const char *key, struct json_object *source,
		     struct json_object **value)
{
	bool is_id = !strcasecmp(key, "id"), known;
	const char *name;
	int err;

	if (!template->named || !vfg_json_is_unresolved(*value) ||
	    (!is_id && strcasecmp(key, "name")))
		return 0;
	err = vfg_template_name(template, source, &name, &known);
	if (err || (is_id && strncasecmp(name, "/subscriptions/", 15)))
		return err;
	return vfg_evaluation_text(template->evaluation, name, strlen(name), value);
}

/* A name of a property may be an expression too. */
static int key_value(struct vfg_template *template, const char *key, struct json_object **ret_key)
{
	int err = vfg_evaluation_text(template->evaluation, key, strlen(key), ret_key);

	if (!err)
		err = text_value(template, *ret_key, ret_key);
	if (err || vfg_json_is_unresolved(*ret_key) ||
	    json_object_is_type(*ret_key, json_type_string))
		return err;
	return vfg_evaluation_fail(template->evaluation, "the name of the property %s is %s", key,
				   vfg_evaluation_type(*ret_key));
}

/* @ret_name: not known where a property's name is not, without the member then. */
static int object_member(struct vfg_template *template, struct json_object *object, const char *key,
			 struct json_object *item, struct json_object **ret_name)
{
	struct json_object *value;
	int err = key_value(template, key, ret_name);

	if (err || vfg_json_is_unresolved(*ret_name))
		return err;
	err = vfg_template_value(template, item, &value);
	if (!err)
		err = keep_name(template, key, item, &value);
	return err ? err : add_member(template, object, json_object_get_string(*ret_name), value);
}

/* What an object tells about where it stands, to those outside of it. */
static struct vfg_evaluation_place place_of(struct json_object *source,
					    struct vfg_evaluation_place outside)
{
	struct json_object *name = vfg_json_member(source, "name");

	if (outside.in_nsg && !outside.rule && json_object_is_type(name, json_type_string) &&
	    vfg_json_member(source, "properties"))
		outside.rule = json_object_get_string(name);
	return outside;
}

/* An object with a property whose name is not known is not known as a whole. */
static int object_value(struct vfg_template *template, struct json_object *source,
			struct json_object **ret_value)
{
	struct vfg_evaluation *evaluation = template->evaluation;
	const struct vfg_evaluation_place outside = evaluation->place;
	const struct vfg_evaluation_place inside = place_of(source, outside);
	bool fields = inside.rule && (!inside.field || !strcasecmp(inside.field, "properties"));
	struct json_object *loops = vfg_copy_of(source), *object, *name;
	int err = vfg_evaluation_keep(evaluation, json_object_new_object(), &object);
	int result = err;

	*ret_value = object;
	json_object_object_foreach(source, key, item)
	{
		if (!goes_on(template, err) || (loops && !strcasecmp(key, "copy")))
			continue;
		evaluation->place = inside;
		evaluation->place.field = fields ? key : inside.field;
		err = object_member(template, object, key, item, &name);
		evaluation->place = outside;
		result = err ? err : result;
		if (err || !vfg_json_is_unresolved(name))
			continue;
		*ret_value = name;
		return result;
	}
	if (!result && loops)
		result = add_loops(template, loops, object);
	return result;
}

int vfg_template_value(struct vfg_template *template, struct json_object *source,
		       struct json_object **ret_value)
{
	int err = vfg_evaluation_enter(template->evaluation);

	if (err)
		return err;
	*ret_value = source;
	if (json_object_is_type(source, json_type_string))
		err = text_value(template, source, ret_value);
	else if (json_object_is_type(source, json_type_array))
		err = array_value(template, source, ret_value);
	else if (json_object_is_type(source, json_type_object) && !vfg_json_is_unresolved(source))
		err = object_value(template, source, ret_value);
	vfg_evaluation_leave(template->evaluation);
	return err;
}

/* The expression itself as a name; where a loop makes several of it, they get numbers. */
static int name_of_expression(struct vfg_template *template, const char *text,
			      const char **ret_name)
{
	struct vfg_arena *arena = template->evaluation->diag->arena;
	const char *name = vfg_arena_strndup(arena, text, strlen(text));

	if (name && template->loop && strcasestr(text, "copyIndex("))
		name = vfg_arena_format(arena, "%s(%lld)", name, (long long)template->loop->index);
	if (name && *template->name)
		name = vfg_arena_format(arena, "%s(%s)", name, template->name);
	*ret_name = name;
	return name ? 0 : -ENOMEM;
}

static int name_text(struct vfg_template *template, struct json_object *value,
		     const char **ret_name)
{
	if (!vfg_json_is_text(value))
		return vfg_evaluation_fail(template->evaluation, "%s where a name is needed",
					   vfg_evaluation_type(value));
	*ret_name = vfg_json_text(template->evaluation->diag->arena, value);
	return *ret_name ? 0 : -ENOMEM;
}

/* An expression may run over several lines, a name may not. */
static int blank_controls(struct vfg_template *template, const char **name)
{
	char *copy = vfg_arena_strndup(template->evaluation->diag->arena, *name, strlen(*name));

	for (char *at = copy; at && *at; at++)
		*at = (unsigned char)*at < ' ' ? ' ' : *at;
	*name = copy;
	return copy ? 0 : -ENOMEM;
}

int vfg_template_name(struct vfg_template *template, struct json_object *source,
		      const char **ret_name, bool *ret_known)
{
	const bool naming = template->naming;
	struct json_object *value;
	int err = vfg_template_value(template, source, &value);

	if (err)
		return err;
	*ret_known = !vfg_json_is_unresolved(value);
	if (*ret_known)
		return name_text(template, value, ret_name);
	template->naming = true;
	err = vfg_template_value(template, source, &value);
	template->naming = naming;
	if (err)
		return err;
	if (!vfg_json_is_unresolved(value))
		err = name_text(template, value, ret_name);
	else
		err = name_of_expression(template,
					 json_object_is_type(source, json_type_string)
						 ? json_object_get_string(source)
						 : "?",
					 ret_name);
	return err ? err : blank_controls(template, ret_name);
}
