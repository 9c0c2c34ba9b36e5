/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads single fields of an object, and says where one is not of the type that is needed.
 */
#include "reader.h"

#include <errno.h>
#include <string.h>

void vfg_reader_wrong_type(const struct vfg_reader *reader, const char *field,
			   struct json_object *value, const char *wanted)
{
	const char *why = vfg_json_unresolved(reader->diag->arena, value);
	struct vfg_place place = reader->place;

	place.field = field;
	if (why)
		vfg_diag_add(reader->diag, VFG_ERROR, place, "UnresolvedTemplateExpression", "%s",
			     why);
	else
		vfg_diag_add(reader->diag, VFG_ERROR, place, "InvalidFieldType",
			     "%s where %s is needed",
			     json_type_to_name(json_object_get_type(value)), wanted);
}

struct json_object *vfg_reader_fields(struct json_object *object)
{
	struct json_object *properties = vfg_json_member(object, "properties");

	return json_object_is_type(properties, json_type_object) ? properties : object;
}

const char *vfg_reader_id_name(const char *id)
{
	const char *slash = id ? strrchr(id, '/') : NULL;

	return slash && slash[1] ? slash + 1 : NULL;
}

int vfg_reader_text(const struct vfg_reader *reader, struct json_object *object, const char *name,
		    const char **ret_text)
{
	struct json_object *value = vfg_json_member(object, name);
	const char *text;

	*ret_text = NULL;
	if (!value)
		return 0;
	if (!vfg_json_is_text(value)) {
		vfg_reader_wrong_type(reader, name, value, "a string");
		*ret_text = "";
		return 0;
	}
	text = vfg_json_text(reader->diag->arena, value);
	if (!text)
		return -ENOMEM;
	*ret_text = *text ? text : NULL;
	return 0;
}

static int add_text(const struct vfg_reader *reader, const char *name, struct json_object *item,
		    struct vfg_texts *texts)
{
	const char *text = vfg_json_text(reader->diag->arena, item);

	if (!vfg_json_is_text(item)) {
		vfg_reader_wrong_type(reader, name, item, "a list of strings");
		texts->malformed = true;
		return 0;
	}
	if (!text)
		return -ENOMEM;
	texts->text[texts->count++] = text;
	return 0;
}

int vfg_reader_texts(const struct vfg_reader *reader, struct json_object *object, const char *name,
		     struct vfg_texts *ret_texts)
{
	struct json_object *value = vfg_json_member(object, name);
	bool list = json_object_is_type(value, json_type_array);
	size_t count = list ? json_object_array_length(value) : value ? 1 : 0;
	int err = 0;

	*ret_texts = (struct vfg_texts){0};
	ret_texts->text = vfg_arena_array(reader->diag->arena, count, sizeof(*ret_texts->text));
	if (!ret_texts->text)
		return -ENOMEM;
	for (size_t i = 0; !err && i < count; i++)
		err = add_text(reader, name, list ? json_object_array_get_idx(value, i) : value,
			       ret_texts);
	return err;
}
