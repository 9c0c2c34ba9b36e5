/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service tags: names for sets of addresses. A tag is resolved once and its set shared by all rules
 * that name it; what nobody has defined is an error, never an empty set.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "tag.h"
#include "tagfile.h"
#include "tagtable.h"

struct vfg_tags {
	struct vfg_diag *diag;
	bool lenient;
	struct vfg_tag_table table;
	struct vfg_tag_file *files, *last_file;
};

enum {
	SHOWN_MAX = 8, /* prefixes of a definition that messages show */
};

/* What the platform fixes for every network. AzurePlatformLKM differs by cloud: the user's. */
static const struct {
	const char *name;
	const char *prefix;
} built_in[] = {
	{"AzureLoadBalancer", VFG_TAG_WIRE_SERVER},
	{"AzurePlatformDNS", VFG_TAG_WIRE_SERVER},
	{"AzurePlatformIMDS", VFG_TAG_METADATA},
};

/*
 * "Internet" where nobody says better: the whole Internet but the virtual network and these. That
 * 0/8 and 10/8 are out was seen in effective rules; the others are not routed publicly.
 */
static const char *const internet[] = {"0.0.0.0/0", "2000::/3"};
static const char *const not_internet[] = {
	"0.0.0.0/8",	 "10.0.0.0/8",	   "100.64.0.0/10",	"127.0.0.0/8", "169.254.0.0/16",
	"172.16.0.0/12", "192.168.0.0/16", VFG_TAG_WIRE_SERVER, "224.0.0.0/3",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int vfg_tags_new(struct vfg_diag *diag, bool lenient, struct vfg_tags **ret_tags)
{
	struct vfg_tags *tags = vfg_arena_alloc(diag->arena, sizeof(*tags));

	if (!tags)
		return -ENOMEM;
	tags->diag = diag;
	tags->lenient = lenient;
	vfg_tag_table_open(&tags->table, diag->arena);
	*ret_tags = tags;
	return 0;
}

static struct vfg_tag *find(const struct vfg_tags *tags, const char *name)
{
	return vfg_tag_table_find(&tags->table, name);
}

/* Of two that differ, which is believed is said, unless a user corrects what is computed. */
static void warn_of_other(struct vfg_tags *tags, const struct vfg_tag *used,
			  const struct vfg_tag *other)
{
	if (used->origin == VFG_TAG_USER || !used->set || !other->set ||
	    vfg_set_is_equal(used->set, other->set))
		return;
	vfg_diag_add(tags->diag, VFG_WARNING, other->place, "ServiceTagGivenTwice",
		     "%s says otherwise what %s is, and is believed", used->place.file, used->name);
}

static int put(struct vfg_tags *tags, const struct vfg_tag *tag)
{
	struct vfg_tag *known = find(tags, tag->name);

	if (!known)
		return vfg_tag_table_add(&tags->table, tag);
	if (tag->origin > known->origin) {
		warn_of_other(tags, tag, known);
		*known = *tag;
	} else {
		warn_of_other(tags, known, tag);
	}
	return 0;
}

/* The beginning of a list of prefixes. */
static const char *show(struct vfg_arena *arena, const char *const *text, size_t count)
{
	const char *shown = "";

	for (size_t i = 0; shown && i < count && i < SHOWN_MAX; i++)
		shown = vfg_arena_format(arena, "%s%s%s", shown, i ? ", " : "", text[i]);
	if (shown && count > SHOWN_MAX)
		shown = vfg_arena_format(arena, "%s, ... (%zu in all)", shown, count);
	return shown;
}

/* Its name, origin and place stand in @tag. */
static int define(struct vfg_tags *tags, struct vfg_tag *tag, const char *const *text, size_t count)
{
	struct vfg_arena *arena = tags->diag->arena;
	struct vfg_prefix *prefix = vfg_arena_array(arena, count, sizeof(*prefix));
	bool lenient = tags->lenient || tag->origin != VFG_TAG_USER;
	size_t kept = 0;
	int err;

	tag->shown = show(arena, text, count);
	if (!prefix || !tag->shown)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		kept += !vfg_tag_prefix(tags->diag, lenient, tag->place, text[i], &prefix[kept]);
	tag->broken = kept < count;
	if (!tag->broken) {
		err = vfg_set_build(arena, prefix, kept, &tag->set);
		if (err)
			return err;
	}
	return put(tags, tag);
}

/* The list behind NAME=, cut at its commas. */
static int define_list(struct vfg_tags *tags, struct vfg_tag *tag, char *list)
{
	const char **text;
	size_t count = 1;

	for (const char *at = list; *at; at++)
		count += *at == ',';
	text = vfg_arena_array(tags->diag->arena, count, sizeof(*text));
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		text[i] = strsep(&list, ",");
	return define(tags, tag, text, count);
}

int vfg_tags_define(struct vfg_tags *tags, const char *definition)
{
	char *copy = vfg_arena_strndup(tags->diag->arena, definition, strlen(definition));
	char *equals = copy ? strchr(copy, '=') : NULL;
	struct vfg_tag tag = {.origin = VFG_TAG_USER};
	const struct vfg_tag *known;

	if (!copy)
		return -ENOMEM;
	if (equals)
		*equals = '\0';
	tag.name = vfg_tag_canonical(copy);
	tag.place.file = vfg_arena_format(tags->diag->arena, "--tag %s", copy);
	if (!equals || !*copy || !vfg_tag_is_name(tag.name)) {
		vfg_diag_add(tags->diag, VFG_ERROR, tag.place, "InvalidServiceTag",
			     "a tag is given as NAME=PREFIX[,PREFIX...]");
		return 0;
	}
	known = find(tags, tag.name);
	if (known && known->origin == VFG_TAG_USER) {
		vfg_diag_add(tags->diag, VFG_ERROR, tag.place, "InvalidServiceTag",
			     "given twice: write one --tag with all its prefixes");
		return 0;
	}
	return define_list(tags, &tag, equals + 1);
}

/* One tag of a document. Without any address it says nothing, and another source may. */
static int define_mapped(struct vfg_tags *tags, struct vfg_tag *tag, struct json_object *prefixes)
{
	size_t count = json_object_is_type(prefixes, json_type_array)
			       ? json_object_array_length(prefixes)
			       : 0;
	const char **text = vfg_arena_array(tags->diag->arena, count, sizeof(*text));

	if (!text)
		return -ENOMEM;
	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(prefixes, i);

		text[i] = vfg_json_text(tags->diag->arena, item);
		if (!text[i] && vfg_json_is_text(item))
			return -ENOMEM;
		if (!text[i])
			text[i] = "";
	}
	return define(tags, tag, text, count);
}

int vfg_tags_add_map(struct vfg_tags *tags, const struct vfg_document *document)
{
	int err = 0;

	if (!json_object_is_type(document->tags, json_type_object))
		return 0;
	json_object_object_foreach(document->tags, name, prefixes)
	{
		struct vfg_tag tag = {
			.origin = document->kind == VFG_KIND_EFFECTIVE ? VFG_TAG_EFFECTIVE
								       : VFG_TAG_ROUTES,
		};

		tag.name = vfg_arena_strndup(tags->diag->arena, name, strlen(name));
		if (!tag.name)
			return -ENOMEM;
		tag.name = vfg_tag_canonical(tag.name);
		tag.place = (struct vfg_place){.file = document->file, .rule = tag.name};
		err = define_mapped(tags, &tag, prefixes);
		if (err)
			break;
	}
	return err;
}

int vfg_tags_add_file(struct vfg_tags *tags, const char *file, struct json_object *tree)
{
	struct vfg_tag_file *entry;
	int err;

	err = vfg_tag_file_open(tags->diag, file, tree, &entry);
	if (err)
		return err == -EINVAL ? 0 : err;
	if (tags->last_file)
		tags->last_file->next = entry;
	else
		tags->files = entry;
	tags->last_file = entry;
	return 0;
}

/* Return: as vfg_tag_file_find(). */
static int resolve_in_files(struct vfg_tags *tags, const char *name, struct vfg_place place,
			    const struct vfg_set **ret_set)
{
	int err = -ENOENT;

	for (struct vfg_tag_file *file = tags->files; file && err == -ENOENT; file = file->next)
		err = vfg_tag_file_find(tags->diag, file, name, tags->lenient, place, ret_set);
	return err;
}

static int resolve_internet(struct vfg_tags *tags, const struct vfg_set *network,
			    const struct vfg_set **ret_set)
{
	struct vfg_arena *arena = tags->diag->arena;
	const struct vfg_set *set, *out;
	int err;

	err = vfg_set_constant(arena, internet, COUNT(internet), &set);
	if (!err)
		err = vfg_set_constant(arena, not_internet, COUNT(not_internet), &out);
	if (!err)
		err = vfg_set_subtract(arena, set, out, &set);
	if (!err)
		err = vfg_set_subtract(arena, set, network, &set);
	if (!err)
		*ret_set = set;
	return err;
}

/* The ways to say what VirtualNetwork is. */
#define SUPPLY_NETWORK                                                                             \
	"--tag VirtualNetwork=PREFIX[,...], the effective rules of the NIC (az network nic "       \
	"list-effective-nsg) or --nic FILE with its effective routes (az network nic "             \
	"show-effective-route-table)"

static void say_unresolved(struct vfg_tags *tags, struct vfg_place place, const char *name)
{
	const struct vfg_tag *network = find(tags, "VirtualNetwork");

	if (!strcasecmp(name, "Internet") && !(network && network->set))
		vfg_diag_add(tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			     "the service tag Internet is what is outside of VirtualNetwork: "
			     "supply " SUPPLY_NETWORK " (or --tag Internet=PREFIX[,...])");
	else if (!strcasecmp(name, "VirtualNetwork"))
		vfg_diag_add(tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			     "the service tag VirtualNetwork differs from network to network: "
			     "supply " SUPPLY_NETWORK);
	else
		vfg_diag_add(tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			     "the service tag %s is not known: supply --tag %s=PREFIX[,...] or "
			     "--service-tags FILE",
			     name, name);
}

/* The network may grow to everything by peers and routes, and its default rule lets it all in. */
static void warn_of_everything(struct vfg_tags *tags, struct vfg_tag *tag)
{
	bool v4 = vfg_set_is_all(tag->set, VFG_IPV4), v6 = vfg_set_is_all(tag->set, VFG_IPV6);

	if (tag->told || strcasecmp(tag->name, "VirtualNetwork") || !(v4 || v6))
		return;
	tag->told = true;
	vfg_diag_add(tags->diag, VFG_WARNING, tag->place, "VirtualNetworkIsEverything",
		     "VirtualNetwork is %s: every rule that names it, AllowVnetInBound too, means "
		     "all of that; it is %s",
		     v4 && v6 ? "every address"
		     : v4     ? "every IPv4 address"
			      : "every IPv6 address",
		     tag->shown);
}

static void warn_of_no_internet(struct vfg_tags *tags, struct vfg_place place,
				const struct vfg_set *set)
{
	if (set->count[VFG_IPV4] && set->count[VFG_IPV6])
		return;
	vfg_diag_add(tags->diag, VFG_WARNING, place, "InternetIsEmpty",
		     "VirtualNetwork leaves no %s address to Internet: rules that name it match "
		     "none (--tag Internet=PREFIX[,...] says otherwise)",
		     vfg_set_is_empty(set)  ? ""
		     : set->count[VFG_IPV4] ? "IPv6"
					    : "IPv4");
}

/* The first time that a tag is asked for. Return: 0, -ENOENT, -EINVAL where it is broken. */
static int resolve_new(struct vfg_tags *tags, const char *name, struct vfg_place place,
		       const struct vfg_set **ret_set)
{
	int err;

	for (size_t i = 0; i < COUNT(built_in); i++) {
		if (!strcasecmp(name, built_in[i].name))
			return vfg_set_constant(tags->diag->arena, &built_in[i].prefix, 1, ret_set);
	}
	if (!strcasecmp(name, "Internet")) {
		struct vfg_tag *network = find(tags, "VirtualNetwork");

		if (network && network->set) {
			err = resolve_internet(tags, network->set, ret_set);
			if (!err)
				warn_of_no_internet(tags, place, *ret_set);
			return err;
		}
	}
	err = resolve_in_files(tags, name, place, ret_set);
	if (err == -ENOENT)
		say_unresolved(tags, place, name);
	return err;
}

/* Known from before. Return: 0, or -ENOENT. */
static int resolve_known(struct vfg_tags *tags, struct vfg_tag *tag, struct vfg_place place,
			 const struct vfg_set **ret_set)
{
	if (tag->set) {
		warn_of_everything(tags, tag);
		*ret_set = tag->set;
		return 0;
	}
	if (!tag->broken)
		say_unresolved(tags, place, tag->name);
	return -ENOENT;
}

int vfg_tags_resolve(struct vfg_tags *tags, const char *name, struct vfg_place place,
		     const struct vfg_set **ret_set)
{
	struct vfg_tag found = {.origin = VFG_TAG_FOUND, .place = place};
	struct vfg_tag *tag;
	int err;

	found.name = vfg_tag_canonical(name);
	if (found.name != name)
		vfg_diag_add(tags->diag, VFG_WARNING, place, "ClassicTagSpelling",
			     "%s is the classic spelling of %s", name, found.name);
	tag = find(tags, found.name);
	if (tag)
		return resolve_known(tags, tag, place, ret_set);
	err = resolve_new(tags, found.name, place, &found.set);
	found.broken = err == -EINVAL;
	if (err == -ENOMEM || vfg_tag_table_add(&tags->table, &found))
		return -ENOMEM;
	if (err)
		return -ENOENT;
	*ret_set = found.set;
	return 0;
}

bool vfg_tags_failed(const struct vfg_tags *tags, const char *name)
{
	const struct vfg_tag *tag = find(tags, name);

	return tag && !tag->set;
}
