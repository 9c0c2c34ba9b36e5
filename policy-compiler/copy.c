/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy loops of properties and variables, and what those of resources share with them.
 */
#include "copy.h"

#include <errno.h>

struct json_object *vfg_copy_of(struct json_object *object)
{
	struct json_object *loops = vfg_json_array(object, "copy");

	for (size_t i = 0; loops && i < json_object_array_length(loops); i++) {
		struct json_object *loop = json_object_array_get_idx(loops, i);

		if (!vfg_json_member(loop, "name") || !vfg_json_member(loop, "count"))
			return NULL;
	}
	return loops;
}

int vfg_copy_count(struct vfg_template *template, struct json_object *copy, size_t *ret_count,
		   struct json_object **ret_why)
{
	struct json_object *count;
	int err = vfg_template_value(template, vfg_json_member(copy, "count"), &count);
	int64_t number = json_object_get_int64(count);

	if (err)
		return err;
	*ret_why = NULL;
	if (vfg_json_is_unresolved(count)) {
		*ret_why = count;
		return 0;
	}
	if (!json_object_is_type(count, json_type_int))
		return vfg_evaluation_fail(template->evaluation, "the count of a copy is %s",
					   vfg_evaluation_type(count));
	if (number < 0 || number > VFG_COPY_MAX)
		return vfg_evaluation_fail(template->evaluation,
					   "the count of a copy is %lld, it may be 0 to %d",
					   (long long)number, VFG_COPY_MAX);
	*ret_count = (size_t)number;
	return 0;
}

int vfg_copy_name(struct vfg_template *template, struct json_object *copy, const char **ret_name)
{
	bool known;

	return vfg_template_name(template, vfg_json_member(copy, "name"), ret_name, &known);
}

static int fill(struct vfg_template *template, struct json_object *input, struct vfg_loop *loop,
		size_t count, struct json_object *list)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *item;
		int err;

		loop->index = (int64_t)i;
		err = vfg_template_value(template, input, &item);
		if (err)
			return err;
		if (json_object_array_add(list, json_object_get(item)))
			return -ENOMEM;
	}
	return 0;
}

int vfg_copy_list(struct vfg_template *template, struct json_object *copy,
		  struct json_object **ret_list)
{
	struct vfg_loop loop = {.outer = template->loop};
	struct json_object *why;
	size_t count;
	int err = vfg_copy_count(template, copy, &count, &why);

	if (!err && why) {
		*ret_list = why;
		return 0;
	}
	if (!err)
		err = vfg_copy_name(template, copy, &loop.name);
	if (!err)
		err = vfg_evaluation_keep(template->evaluation, json_object_new_array(), ret_list);
	if (err)
		return err;
	template->loop = &loop;
	err = fill(template, vfg_json_member(copy, "input"), &loop, count, *ret_list);
	template->loop = loop.outer;
	return err;
}
