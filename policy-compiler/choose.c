/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses the one NSG that is meant among those that a file holds.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "nsg.h"

enum {
	NAMES_SHOWN = 20,
};

static const char *name_of(struct json_object *nsg)
{
	struct json_object *name = vfg_json_member(nsg, "name");

	return json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "?";
}

static const char *id_of(struct json_object *nsg)
{
	struct json_object *id = vfg_json_member(nsg, "id");

	return json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
}

/* Names are unique in a resource group only, so an id chooses too. */
static bool is_selected(struct json_object *nsg, const char *select)
{
	return !select || !strcasecmp(name_of(nsg), select) || !strcasecmp(id_of(nsg), select);
}

static bool is_twin(struct json_object *array, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < json_object_array_length(array); i++)
		found += !strcasecmp(name_of(json_object_array_get_idx(array, i)), name);
	return found > 1;
}

/* What to write behind FILE#: the name where one NSG alone has it, else the id. */
static const char *handle_of(struct json_object *array, struct json_object *nsg)
{
	return *id_of(nsg) && is_twin(array, name_of(nsg)) ? id_of(nsg) : name_of(nsg);
}

/* The names of all, or the ids of those that are selected. */
static const char *names_of(struct vfg_arena *arena, struct json_object *array, const char *select)
{
	size_t count = json_object_array_length(array), shown = 0;
	const char *names = "";

	for (size_t i = 0; i < count && names; i++) {
		struct json_object *nsg = json_object_array_get_idx(array, i);

		if (!is_selected(nsg, select))
			continue;
		if (shown == NAMES_SHOWN)
			return vfg_arena_format(arena, "%s, ...", names) ?: "";
		names = vfg_arena_format(arena, "%s%s%s", names, shown++ ? ", " : "",
					 select ? id_of(nsg) : handle_of(array, nsg));
	}
	return names ? names : "";
}

int vfg_nsg_choose(struct vfg_diag *diag, const char *file, const char *select,
		   struct json_object *array, struct json_object **ret_nsg)
{
	struct vfg_place place = {.file = file};
	size_t count = json_object_array_length(array), found = 0;
	struct json_object *nsg = NULL;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (is_selected(item, select)) {
			nsg = item;
			found++;
		}
	}
	if (found == 1) {
		*ret_nsg = nsg;
		return 0;
	}
	if (!count)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "the list of network security groups is empty");
	else if (!found)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "no NSG is named %s; there %s: %s", select, count == 1 ? "is" : "are",
			     names_of(diag->arena, array, NULL));
	else if (!select)
		vfg_diag_add(diag, VFG_ERROR, place, "AmbiguousNetworkSecurityGroup",
			     "%zu NSGs, choose one with FILE#NAME: %s", found,
			     names_of(diag->arena, array, NULL));
	else
		vfg_diag_add(diag, VFG_ERROR, place, "AmbiguousNetworkSecurityGroup",
			     "%zu NSGs are named %s, choose one with FILE#ID: %s", found, select,
			     names_of(diag->arena, array, select));
	return -EINVAL;
}
