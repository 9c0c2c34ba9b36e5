/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads effective routes: the addresses that they call the virtual network's are what the tag
 * VirtualNetwork stands for.
 *
 * Source: Azure documentation, "Virtual network service tags": the network's address space, peered
 * networks, what a gateway has learnt, user defined routes, and the host's address.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "document.h"
#include "inforce.h"
#include "tag.h"

static bool is_one_of(struct json_object *route, const char *field, const char *const *word,
		      size_t count)
{
	struct json_object *value = vfg_json_member(route, field);

	for (size_t i = 0; json_object_is_type(value, json_type_string) && i < count; i++) {
		if (!strcasecmp(json_object_get_string(value), word[i]))
			return true;
	}
	return false;
}

/* Does the route make its addresses part of the virtual network? */
static bool is_network(struct json_object *route)
{
	static const char *const active[] = {"Active"};
	static const char *const hop[] = {"VnetLocal", "VNetPeering", "VNetGlobalPeering",
					  "GlobalVNetPeering", "VirtualNetworkGateway"};
	static const char *const source[] = {"User", "VirtualNetworkGateway"};

	if (vfg_json_member(route, "state") && !is_one_of(route, "state", active, 1))
		return false;
	return is_one_of(route, "nextHopType", hop, sizeof(hop) / sizeof(*hop)) ||
	       is_one_of(route, "source", source, sizeof(source) / sizeof(*source));
}

static void add_prefixes(struct vfg_arena *arena, struct json_object *route,
			 struct json_object *network)
{
	struct json_object *list = vfg_inforce_list(arena, vfg_json_member(route, "addressPrefix"));

	for (size_t i = 0; i < json_object_array_length(list); i++)
		json_object_array_add(network, json_object_get(json_object_array_get_idx(list, i)));
	json_object_put(list);
}

int vfg_routes_read(struct vfg_diag *diag, struct json_object *tree, struct vfg_document *document)
{
	struct json_object *list = vfg_kind_list(tree), *network = json_object_new_array();

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *route = json_object_array_get_idx(list, i);

		if (is_network(route))
			add_prefixes(diag->arena, route, network);
	}
	if (!list && is_network(tree))
		add_prefixes(diag->arena, tree, network);
	if (!json_object_array_length(network)) {
		json_object_put(network);
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
			     "UnresolvedServiceTag",
			     "no active route is the virtual network's (VnetLocal): give all that "
			     "az network nic show-effective-route-table prints");
		return -EINVAL;
	}
	json_object_array_add(network, json_object_new_string(VFG_TAG_WIRE_SERVER));
	document->tags = json_object_new_object();
	json_object_object_add(document->tags, "VirtualNetwork", network);
	return 0;
}
