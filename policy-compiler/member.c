/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members of application security groups: the groups that an IP configuration of a NIC lists have
 * its private address. What a NIC does not tell is kept as not known, for whoever asks.
 */
#include "member.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "groupid.h"
#include "reader.h"
#include "template.h"

enum {
	FIRST_ROOM = 64,
	FIRST_MEMBERS = 4,
};

#define GROUP_LEVEL "/providers/Microsoft.Network/applicationSecurityGroups/"

/* One NIC while it is read. */
struct nic {
	struct vfg_members *members;
	struct vfg_reader reader;
	struct vfg_nic_name name;
	bool whole; /* nothing is left open so far */
};

/* One IP configuration. */
struct configuration {
	struct vfg_texts groups;
	struct vfg_prefix address;
	bool addressed;
	const char *why;     /* not addressed */
	const char *network; /* NULL where it is not told */
};

struct vfg_group *vfg_members_next(const struct vfg_members *members, const char *id,
				   size_t *cursor)
{
	uint64_t hash = vfg_finder_hash_name(vfg_group_id_name(id));
	uint32_t at;

	while ((at = vfg_finder_next(&members->index, hash, cursor)) != VFG_FINDER_NONE) {
		if (vfg_group_id_match(members->group[at]->id, id) != VFG_GROUP_DIFFERS)
			return members->group[at];
	}
	return NULL;
}

static int grow(struct vfg_members *members)
{
	size_t room = members->room ? members->room * 2 : FIRST_ROOM;
	struct vfg_group **group =
		vfg_arena_array(members->diag->arena, room, sizeof(struct vfg_group *));

	if (!group)
		return -ENOMEM;
	if (members->count)
		memcpy(group, members->group, members->count * sizeof(*group));
	members->group = group;
	members->room = room;
	return 0;
}

/* The group with exactly this id, a new one where there is none yet. */
static int enter(struct vfg_members *members, const char *id, struct vfg_group **ret_group)
{
	struct vfg_group *group;
	size_t cursor = 0;

	while ((group = vfg_members_next(members, id, &cursor))) {
		if (vfg_group_id_match(group->id, id) != VFG_GROUP_IS)
			continue;
		*ret_group = group;
		return 0;
	}
	group = vfg_arena_alloc(members->diag->arena, sizeof(*group));
	if (!group || (members->count == members->room && grow(members)))
		return -ENOMEM;
	group->id = id;
	members->group[members->count] = group;
	*ret_group = group;
	return vfg_finder_add(&members->index, vfg_finder_hash_name(vfg_group_id_name(id)),
			      (uint32_t)members->count++);
}

static int add_prefix(struct vfg_arena *arena, struct vfg_group *group,
		      const struct vfg_prefix *prefix)
{
	if (group->count == group->room) {
		size_t room = group->room ? group->room * 2 : FIRST_MEMBERS;
		struct vfg_prefix *member = vfg_arena_array(arena, room, sizeof(*member));

		if (!member)
			return -ENOMEM;
		if (group->count)
			memcpy(member, group->member, group->count * sizeof(*member));
		group->member = member;
		group->room = room;
	}
	group->member[group->count++] = *prefix;
	return 0;
}

static void add_network(struct vfg_group *group, const char *network)
{
	for (int i = 0; network && i < 2; i++) {
		if (group->network[i] && !strcasecmp(group->network[i], network))
			return;
		if (group->network[i])
			continue;
		group->network[i] = network;
		return;
	}
}

/* Keep what the NIC leaves open, for whoever asks. */
static int add_gap(struct nic *nic, struct vfg_gap **gaps, const char *why)
{
	struct vfg_arena *arena = nic->members->diag->arena;

	nic->whole = false;
	return vfg_gap_add(arena, gaps, nic->name,
			   vfg_arena_format(arena, "the NIC %s (%s) %s", nic->reader.place.rule,
					    nic->reader.place.file, why));
}

static int add_member(struct nic *nic, const char *id, const struct configuration *configuration)
{
	struct vfg_group *group;
	int err = enter(nic->members, id, &group);

	if (err)
		return err;
	add_network(group, configuration->network);
	if (configuration->addressed)
		return add_prefix(nic->members->diag->arena, group, &configuration->address);
	return add_gap(nic, &group->gaps, configuration->why);
}

/* A text of a NIC's; what is not known before a deployment is not an error here. */
static const char *known_text(struct vfg_arena *arena, struct json_object *object, const char *name,
			      const char **ret_why)
{
	struct json_object *value = vfg_json_member(object, name);
	const char *text = vfg_json_text(arena, value);
	const char *why = vfg_json_unresolved(arena, value);

	if (!text || !*text)
		*ret_why = why ? why : "is missing";
	return text && *text ? text : NULL;
}

/* Where the platform hands out a block of addresses, its length stands beside it. */
static int read_address(const struct vfg_reader *reader, struct json_object *fields,
			struct configuration *configuration)
{
	struct vfg_arena *arena = reader->diag->arena;
	const char *why, *text = known_text(arena, fields, "privateIPAddress", &why);
	const char *length =
		vfg_json_text(arena, vfg_json_member(fields, "privateIPAddressPrefixLength"));
	struct vfg_place place = reader->place;

	if (!text) {
		configuration->why =
			vfg_arena_format(arena, "is a member, and its privateIPAddress %s", why);
		return configuration->why ? 0 : -ENOMEM;
	}
	if (length && !strchr(text, '/'))
		text = vfg_arena_format(arena, "%s/%s", text, length);
	if (!text)
		return -ENOMEM;
	configuration->addressed = !vfg_prefix_parse(text, &configuration->address) &&
				   !configuration->address.host_bits;
	configuration->why = "is a member, and its privateIPAddress is none";
	place.field = "privateIPAddress";
	if (!configuration->addressed)
		vfg_diag_add(reader->diag, VFG_ERROR, place, "InvalidPrivateIPAddress",
			     "%s is not an address", text);
	return 0;
}

/* The VNet of "VNET/subnets/NAME". */
static int read_network(struct vfg_arena *arena, struct json_object *fields,
			struct configuration *configuration)
{
	const char *id =
		vfg_json_text(arena, vfg_json_member(vfg_json_member(fields, "subnet"), "id"));
	const char *end = id ? strcasestr(id, "/subnets/") : NULL;

	if (!end)
		return 0;
	configuration->network = vfg_arena_strndup(arena, id, (size_t)(end - id));
	return configuration->network ? 0 : -ENOMEM;
}

/* [{"id"}]; absent and null: the configuration is in no group. */
static int read_groups(struct nic *nic, struct json_object *list, struct vfg_texts *ret_groups)
{
	struct vfg_arena *arena = nic->members->diag->arena;
	bool array = json_object_is_type(list, json_type_array);
	size_t count = array ? json_object_array_length(list) : 0;
	const char *why = vfg_json_unresolved(arena, list);

	if (list && !array)
		return add_gap(nic, &nic->members->blind,
			       why ? why : "has applicationSecurityGroups that are no list");
	ret_groups->text = vfg_arena_array(arena, count, sizeof(*ret_groups->text));
	if (!ret_groups->text)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *id = known_text(arena, json_object_array_get_idx(list, i), "id", &why);
		int err = id ? 0
			     : add_gap(nic, &nic->members->blind,
				       "is in a group whose id is not known");

		if (err)
			return err;
		if (id)
			ret_groups->text[ret_groups->count++] = id;
	}
	return 0;
}

static bool lists(const struct vfg_texts *groups, const char *id)
{
	for (size_t i = 0; i < groups->count; i++) {
		if (vfg_group_id_match(groups->text[i], id) == VFG_GROUP_IS)
			return true;
	}
	return false;
}

static bool same_groups(const struct vfg_texts *one, const struct vfg_texts *two)
{
	for (size_t i = 0; i < one->count; i++) {
		if (!lists(two, one->text[i]))
			return false;
	}
	for (size_t i = 0; i < two->count; i++) {
		if (!lists(one, two->text[i]))
			return false;
	}
	return true;
}

/* What the platform would not have let happen: the file was put together by hand. */
static void review_groups(const struct vfg_reader *reader, const struct vfg_texts *first,
			  const struct vfg_texts *groups)
{
	struct vfg_place place = reader->place;

	place.field = "applicationSecurityGroups";
	if (groups != first && !same_groups(first, groups))
		vfg_diag_add(reader->diag, VFG_WARNING, place, "ApplicationSecurityGroupsDiffer",
			     "the IP configurations of a NIC list the same groups on the platform, "
			     "and differ here: each is a member of those that it lists");
	if (groups->count > VFG_MEMBER_GROUPS_MAX)
		vfg_diag_add(reader->diag, VFG_WARNING, place,
			     "ApplicationSecurityGroupsPerNicLimitReached",
			     "%zu groups on one IP configuration, the platform takes %d",
			     groups->count, VFG_MEMBER_GROUPS_MAX);
}

static int add_configuration(struct nic *nic, struct json_object *object,
			     struct vfg_texts *ret_groups)
{
	struct json_object *fields = vfg_reader_fields(object);
	struct configuration configuration = {0};
	int err = read_groups(nic, vfg_json_member(fields, "applicationSecurityGroups"),
			      &configuration.groups);

	*ret_groups = configuration.groups;
	if (err || !configuration.groups.count)
		return err;
	err = read_address(&nic->reader, fields, &configuration);
	if (!err)
		err = read_network(nic->members->diag->arena, fields, &configuration);
	for (size_t i = 0; !err && i < configuration.groups.count; i++)
		err = add_member(nic, configuration.groups.text[i], &configuration);
	return err;
}

static int add_configurations(struct nic *nic, struct json_object *list)
{
	size_t count = json_object_array_length(list);
	struct vfg_texts *groups =
		vfg_arena_array(nic->members->diag->arena, count, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int err = add_configuration(nic, json_object_array_get_idx(list, i), &groups[i]);

		if (err)
			return err;
		review_groups(&nic->reader, groups, &groups[i]);
	}
	return 0;
}

static int add_nic(struct vfg_members *members, const char *file, struct json_object *object)
{
	struct vfg_arena *arena = members->diag->arena;
	struct json_object *list = vfg_json_member(vfg_reader_fields(object), "ipConfigurations");
	const char *why = vfg_json_unresolved(arena, list);
	struct nic nic = {
		.members = members,
		.reader = {.diag = members->diag, .place = {.file = file}},
		.name = {.id = known_text(arena, object, "id", &(const char *){NULL}),
			 .name = known_text(arena, object, "name", &(const char *){NULL})},
		.whole = true,
	};
	int err;

	nic.reader.place.rule = nic.name.name ? nic.name.name
				: nic.name.id ? vfg_group_id_name(nic.name.id)
					      : "(none)";
	if (!json_object_is_type(list, json_type_array))
		return add_gap(&nic, &members->blind,
			       why ? why : "has no ipConfigurations in its JSON");
	err = add_configurations(&nic, list);
	return err || !nic.whole ? err : vfg_whole_nics_add(&members->whole, nic.name);
}

/* A group's own JSON says that it is there. Where it has a name only, it may be anywhere. */
static int add_group(struct vfg_members *members, struct json_object *object)
{
	struct vfg_arena *arena = members->diag->arena;
	const char *why, *id = known_text(arena, object, "id", &why);
	const char *name = known_text(arena, object, "name", &why);
	struct vfg_group *group;

	if (!id && !name)
		return 0;
	if (!id)
		id = vfg_arena_format(arena,
				      "/subscriptions/" VFG_TEMPLATE_SUBSCRIPTION
				      "/resourceGroups/" VFG_TEMPLATE_GROUP GROUP_LEVEL "%s",
				      name);
	return id ? enter(members, id, &group) : -ENOMEM;
}

int vfg_members_add(struct vfg_members *members, const struct vfg_document *document)
{
	size_t groups = document->groups ? json_object_array_length(document->groups) : 0;
	size_t nics = document->nics ? json_object_array_length(document->nics) : 0;
	int err = 0;

	for (size_t i = 0; !err && i < groups; i++)
		err = add_group(members, json_object_array_get_idx(document->groups, i));
	for (size_t i = 0; !err && i < nics; i++)
		err = add_nic(members, document->file,
			      json_object_array_get_idx(document->nics, i));
	return err;
}
