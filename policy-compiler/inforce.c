/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values in effective rules and routes: REST, command line and PowerShell write one value as a
 * text, as a list, or both, and what a tag stands for beside it.
 */
#include "inforce.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tag.h"

static const char *const expanded_name[VFG_NSG_PROPERTY_MAX] = {
	[VFG_NSG_SOURCE_ADDRESS] = "expandedSourceAddressPrefix",
	[VFG_NSG_DESTINATION_ADDRESS] = "expandedDestinationAddressPrefix",
};

static void array_put(struct json_object **array)
{
	json_object_put(*array);
}

static void add_text(struct vfg_arena *arena, struct json_object *array, struct json_object *value)
{
	const char *text = vfg_json_text(arena, value);

	if (!text) {
		json_object_array_add(array, json_object_get(value));
		return;
	}
	for (; *text; text += *text == ',') {
		size_t length = strcspn(text, ",");

		json_object_array_add(array, json_object_new_string_len(text, (int)length));
		text += length;
	}
}

struct json_object *vfg_inforce_list(struct vfg_arena *arena, struct json_object *value)
{
	struct json_object *array = json_object_new_array();

	if (!json_object_is_type(value, json_type_array)) {
		if (value)
			add_text(arena, array, value);
		return array;
	}
	for (size_t i = 0; i < json_object_array_length(value); i++)
		add_text(arena, array, json_object_array_get_idx(value, i));
	return array;
}

static const char *text_at(struct json_object *array, size_t index)
{
	struct json_object *value = json_object_array_get_idx(array, index);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* The platform writes everything out: all IPv4 addresses stand for all of both families. */
static bool is_all(const char *text, bool address)
{
	return !strcmp(text, "*") || !strcmp(text, address ? "0.0.0.0/0" : "0-65535");
}

static bool holds_all(struct json_object *array, bool address)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (is_all(text_at(array, i), address))
			return true;
	}
	return false;
}

static bool holds(struct json_object *array, const char *text, bool address)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		const char *other = text_at(array, i);

		if (!strcasecmp(other, text) || (is_all(other, address) && is_all(text, address)))
			return true;
	}
	return false;
}

bool vfg_inforce_is_tag(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	       vfg_tag_is_name(json_object_get_string(value));
}

static int text_order(const void *one, const void *two)
{
	struct json_object *const *a = one, *const *b = two;

	/* null has no text */
	return strcmp(json_object_get_string(*a) ?: "", json_object_get_string(*b) ?: "");
}

/* Does @tags hold this expansion of a tag, now at least? Takes @expanded sorted. */
static bool share(struct json_object *tags, const char *name, struct json_object *expanded)
{
	struct json_object *known = vfg_json_member(tags, name);

	if (known)
		return json_object_equal(known, expanded);
	json_object_object_add(tags, name, json_object_get(expanded));
	return true;
}

/* What the plural says, or the singular where there is none; both say the same. */
static int written_values(struct vfg_diag *diag, struct vfg_place place, struct json_object *rule,
			  enum vfg_nsg_property property, struct json_object **ret_values)
{
	const struct vfg_nsg_property_name *name = &vfg_nsg_property_name[property];
	const bool address = property <= VFG_NSG_DESTINATION_ADDRESS;
	struct json_object *list = vfg_inforce_list(diag->arena, vfg_json_member(rule, name->list));
	__attribute__((cleanup(array_put))) struct json_object *single =
		vfg_inforce_list(diag->arena, vfg_json_member(rule, name->single));

	if (!json_object_array_length(list)) {
		json_object_put(list);
		*ret_values = json_object_get(single);
		return 0;
	}
	for (size_t i = 0; i < json_object_array_length(single); i++) {
		if (holds(list, text_at(single, i), address))
			continue;
		place.field = name->single;
		vfg_diag_add(diag, VFG_ERROR, place, "SecurityRuleBothSingularAndPlural",
			     "%s has %s, which %s has not: effective rules say the same in both",
			     name->single, text_at(single, i), name->list);
		json_object_put(list);
		return -EINVAL;
	}
	*ret_values = list;
	return 0;
}

static struct json_object *expansion_of(struct vfg_arena *arena, struct json_object *rule,
					enum vfg_nsg_property property)
{
	struct json_object *array;

	if (!expanded_name[property])
		return json_object_new_array();
	array = vfg_inforce_list(arena, vfg_json_member(rule, expanded_name[property]));
	json_object_array_sort(array, text_order);
	return array;
}

int vfg_inforce_values(struct vfg_diag *diag, struct vfg_place place, struct json_object *rule,
		       enum vfg_nsg_property property, struct json_object *tags,
		       struct json_object **ret_values)
{
	const bool address = property <= VFG_NSG_DESTINATION_ADDRESS;
	__attribute__((cleanup(array_put))) struct json_object *expanded =
		expansion_of(diag->arena, rule, property);
	struct json_object *values;
	bool tagged;
	int err;

	err = written_values(diag, place, rule, property, &values);
	if (err)
		return err;
	tagged = json_object_array_length(values) == 1 &&
		 vfg_inforce_is_tag(json_object_array_get_idx(values, 0));
	if (json_object_array_length(expanded) &&
	    !(tagged && share(tags, text_at(values, 0), expanded))) {
		json_object_put(values);
		values = json_object_get(expanded);
	}
	if (holds_all(values, address)) {
		json_object_put(values);
		values = json_object_new_array();
		json_object_array_add(values, json_object_new_string("*"));
	}
	*ret_values = values;
	return 0;
}

int vfg_inforce_tags(struct vfg_diag *diag, struct json_object *rule, struct json_object *tags)
{
	static const enum vfg_nsg_property side[] = {VFG_NSG_SOURCE_ADDRESS,
						     VFG_NSG_DESTINATION_ADDRESS};

	for (size_t i = 0; i < sizeof(side) / sizeof(*side); i++) {
		const struct vfg_nsg_property_name *name = &vfg_nsg_property_name[side[i]];
		__attribute__((cleanup(array_put))) struct json_object *expanded =
			expansion_of(diag->arena, rule, side[i]);
		__attribute__((cleanup(array_put))) struct json_object *single =
			vfg_inforce_list(diag->arena, vfg_json_member(rule, name->single));

		if (json_object_array_length(expanded) && json_object_array_length(single) == 1 &&
		    vfg_inforce_is_tag(json_object_array_get_idx(single, 0)))
			share(tags, text_at(single, 0), expanded);
	}
	return 0;
}

static void add_map(struct vfg_arena *arena, struct json_object *map, struct json_object *tags)
{
	json_object_object_foreach(map, name, value)
	{
		struct json_object *list = vfg_inforce_list(arena, value);

		if (json_object_array_length(list) && !vfg_json_member(tags, name)) {
			json_object_array_sort(list, text_order);
			json_object_object_add(tags, name, json_object_get(list));
		}
		json_object_put(list);
	}
}

int vfg_inforce_map(struct vfg_diag *diag, const char *file, struct json_object *map,
		    struct json_object *tags)
{
	struct vfg_diag quiet = {.arena = diag->arena};
	const char *text = vfg_json_text(diag->arena, map);
	struct json_object *tree = NULL;
	int err;

	if (json_object_is_type(map, json_type_object)) {
		add_map(diag->arena, map, tags);
		return 0;
	}
	if (!map || (text && !*text))
		return 0;
	err = text ? vfg_json_parse(&quiet, file, text, strlen(text), &tree) : -EINVAL;
	if (err == -ENOMEM)
		return err;
	if (json_object_is_type(tree, json_type_object))
		add_map(diag->arena, tree, tags);
	else
		vfg_diag_add(diag, VFG_WARNING, (struct vfg_place){.file = file, .field = "tagMap"},
			     "InvalidServiceTag",
			     "tagMap is no map of tags to prefixes: it is not used");
	json_object_put(tree);
	return 0;
}
