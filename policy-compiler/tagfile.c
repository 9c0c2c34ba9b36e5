/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service tags files: the platform's weekly download, and what its discovery API prints, which have
 * the same "values". They are large, so only the tags that rules name are read.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tagfile.h"

int vfg_tag_prefix(struct vfg_diag *diag, bool lenient, struct vfg_place place, const char *text,
		   struct vfg_prefix *ret_prefix)
{
	struct vfg_prefix prefix;

	if (vfg_prefix_parse(text, &prefix)) {
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidServiceTag",
			     "%s is not an address prefix", text);
		return -EINVAL;
	}
	if (prefix.host_bits) {
		vfg_diag_add(diag, lenient ? VFG_WARNING : VFG_ERROR, place, "InvalidServiceTag",
			     "%s has bits set beyond its length%s", text,
			     lenient ? ": masked" : " (--lenient masks them)");
		if (!lenient)
			return -EINVAL;
	}
	*ret_prefix = prefix;
	return 0;
}

/* A tag's name in the file, NULL where it has none. */
static const char *name_of(struct json_object *value)
{
	struct json_object *text = vfg_json_member(value, "name");

	if (!text)
		text = vfg_json_member(value, "id");
	return json_object_is_type(text, json_type_string) ? json_object_get_string(text) : NULL;
}

/* A file has thousands of tags, and an NSG may name hundreds of them. */
static int fill_index(struct vfg_tag_file *file)
{
	for (size_t i = 0; i < json_object_array_length(file->values); i++) {
		const char *name = name_of(json_object_array_get_idx(file->values, i));
		int err = 0;

		if (name)
			err = vfg_finder_add(&file->index, vfg_finder_hash_name(name), (uint32_t)i);
		if (err)
			return err;
	}
	return 0;
}

/* The first of the name. Return: 0, -ENOENT, -ENOMEM. */
static int find_value(struct vfg_tag_file *file, const char *name, struct json_object **ret_value)
{
	uint64_t hash = vfg_finder_hash_name(name);
	size_t cursor = 0;
	uint32_t at;
	int err = file->index.room ? 0 : fill_index(file);

	while (!err && (at = vfg_finder_next(&file->index, hash, &cursor)) != VFG_FINDER_NONE) {
		struct json_object *value = json_object_array_get_idx(file->values, at);

		if (strcasecmp(name_of(value), name))
			continue;
		*ret_value = value;
		return 0;
	}
	return err ? err : -ENOENT;
}

static bool lists_nsg(struct json_object *features)
{
	size_t count = json_object_is_type(features, json_type_array)
			       ? json_object_array_length(features)
			       : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *feature = json_object_array_get_idx(features, i);

		if (json_object_is_type(feature, json_type_string) &&
		    !strcasecmp(json_object_get_string(feature), "NSG"))
			return true;
	}
	return false;
}

/* Where the file speaks of features at all: about half of the tags do not name NSG, usable or not.
 */
static void check_features(struct vfg_diag *diag, struct vfg_place place, const char *name,
			   struct json_object *properties)
{
	struct json_object *features = NULL;

	if (!json_object_is_type(properties, json_type_object) ||
	    !json_object_object_get_ex(properties, "networkFeatures", &features))
		return;
	if (!lists_nsg(features))
		vfg_diag_add(diag, VFG_WARNING, place, "TagNotMarkedForNsg",
			     "the service tags file does not mark %s as usable in an NSG", name);
}

static int read_value(struct vfg_diag *diag, struct vfg_place place, bool lenient,
		      struct json_object *texts, const struct vfg_set **ret_set)
{
	size_t count = texts ? json_object_array_length(texts) : 0;
	struct vfg_prefix *prefix = vfg_arena_array(diag->arena, count, sizeof(*prefix));
	bool broken = false;

	if (!prefix)
		return -ENOMEM;
	if (!count) {
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidServiceTag",
			     "the tag has no addresses in this file");
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		const char *text = vfg_json_text(diag->arena, json_object_array_get_idx(texts, i));

		broken |= vfg_tag_prefix(diag, lenient, place, text ? text : "", &prefix[i]) != 0;
	}
	return broken ? -EINVAL : vfg_set_build(diag->arena, prefix, count, ret_set);
}

int vfg_tag_file_open(struct vfg_diag *diag, const char *name, struct json_object *tree,
		      struct vfg_tag_file **ret_file)
{
	struct vfg_tag_file *file = vfg_arena_alloc(diag->arena, sizeof(*file));
	struct vfg_place place = {.file = name};

	if (!file)
		return -ENOMEM;
	file->name = name;
	file->index.arena = diag->arena;
	file->values = vfg_json_array(tree, "values");
	if (!file->values) {
		vfg_diag_add(
			diag, VFG_ERROR, place, "UnsupportedSource",
			"not a service tags file: it has no \"values\" (ServiceTags_*.json, or "
			"`az network list-service-tags`)");
		return -EINVAL;
	}
	*ret_file = file;
	return 0;
}

int vfg_tag_file_find(struct vfg_diag *diag, struct vfg_tag_file *file, const char *name,
		      bool lenient, struct vfg_place place, const struct vfg_set **ret_set)
{
	struct vfg_place own = {.file = file->name, .rule = name, .field = "addressPrefixes"};
	struct json_object *value, *properties;
	int err = find_value(file, name, &value);

	if (err)
		return err;
	properties = vfg_json_member(value, "properties");
	check_features(diag, place, name, properties);
	return read_value(diag, own, lenient, vfg_json_array(properties, "addressPrefixes"),
			  ret_set);
}
