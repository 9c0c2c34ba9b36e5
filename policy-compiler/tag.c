/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service tags: names for sets of addresses. A tag is resolved once and its set shared by all rules
 * that name it; what nobody has defined is an error, never an empty set.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "tag.h"
#include "tagfile.h"

struct tag {
	struct tag *next;
	const char *name;
	const struct vfg_set *set; /* NULL: resolved in vain */
	bool broken;		   /* defined, but wrongly: said once, where it is defined */
};

struct vfg_tags {
	struct vfg_diag *diag;
	bool lenient;
	struct tag *first;
	struct vfg_tag_file *files, *last_file;
};

/* Spellings of the classic deployment model. */
static const struct {
	const char *classic;
	const char *name;
} classic_name[] = {
	{"VIRTUAL_NETWORK", "VirtualNetwork"},
	{"AZURE_LOADBALANCER", "AzureLoadBalancer"},
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

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcasecmp(text + length - end_length, end);
}

bool vfg_tag_is_name(const char *text)
{
	static const char *const foreign[] = {"Subnet", ".com", ".net", ".org", ".io", ".local"};

	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (ends_with(text, foreign[i]))
			return false;
	}
	for (size_t i = 0; i < COUNT(classic_name); i++) {
		if (!strcasecmp(text, classic_name[i].classic))
			return true;
	}
	if (!isalpha((unsigned char)*text) || text[strlen(text) - 1] == '.')
		return false;
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && *text != '.')
			return false;
	}
	return true;
}

int vfg_tags_new(struct vfg_diag *diag, bool lenient, struct vfg_tags **ret_tags)
{
	struct vfg_tags *tags = vfg_arena_alloc(diag->arena, sizeof(*tags));

	if (!tags)
		return -ENOMEM;
	tags->diag = diag;
	tags->lenient = lenient;
	*ret_tags = tags;
	return 0;
}

static struct tag *find(const struct vfg_tags *tags, const char *name)
{
	struct tag *tag = tags->first;

	while (tag && strcasecmp(tag->name, name))
		tag = tag->next;
	return tag;
}

static int add(struct vfg_tags *tags, const char *name, const struct vfg_set *set, bool broken)
{
	struct tag *tag = vfg_arena_alloc(tags->diag->arena, sizeof(*tag));

	if (!tag)
		return -ENOMEM;
	tag->name = name;
	tag->set = set;
	tag->broken = broken;
	tag->next = tags->first;
	tags->first = tag;
	return 0;
}

static const char *canonical(const char *name)
{
	for (size_t i = 0; i < COUNT(classic_name); i++) {
		if (!strcasecmp(name, classic_name[i].classic))
			return classic_name[i].name;
	}
	return name;
}

/* The list behind NAME=, cut at its commas. */
static int define(struct vfg_tags *tags, struct vfg_place place, const char *name, char *list)
{
	struct vfg_arena *arena = tags->diag->arena;
	size_t count = 1, kept = 0;
	struct vfg_prefix *prefix;
	const struct vfg_set *set = NULL;
	char *text;
	int err;

	for (const char *at = list; *at; at++)
		count += *at == ',';
	prefix = vfg_arena_array(arena, count, sizeof(*prefix));
	if (!prefix)
		return -ENOMEM;
	while ((text = strsep(&list, ",")))
		kept += !vfg_tag_prefix(tags->diag, tags->lenient, place, text, &prefix[kept]);
	if (kept == count) {
		err = vfg_set_build(arena, prefix, kept, &set);
		if (err)
			return err;
	}
	return add(tags, name, set, !set);
}

int vfg_tags_define(struct vfg_tags *tags, const char *definition)
{
	char *copy = vfg_arena_strndup(tags->diag->arena, definition, strlen(definition));
	char *equals = copy ? strchr(copy, '=') : NULL;
	struct vfg_place place;
	const char *name;

	if (!copy)
		return -ENOMEM;
	if (equals)
		*equals = '\0';
	name = canonical(copy);
	place = (struct vfg_place){.file = vfg_arena_format(tags->diag->arena, "--tag %s", copy)};
	if (!equals || !*copy || !vfg_tag_is_name(name)) {
		vfg_diag_add(tags->diag, VFG_ERROR, place, "InvalidServiceTag",
			     "a tag is given as NAME=PREFIX[,PREFIX...]");
		return 0;
	}
	if (find(tags, name)) {
		vfg_diag_add(tags->diag, VFG_ERROR, place, "InvalidServiceTag",
			     "given twice: write one --tag with all its prefixes");
		return 0;
	}
	return define(tags, place, name, equals + 1);
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

int vfg_tags_add_map(struct vfg_tags *tags, const struct vfg_document *document)
{
	(void)tags;
	(void)document;
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

static void say_unresolved(struct vfg_tags *tags, struct vfg_place place, const char *name)
{
	const struct tag *network = find(tags, "VirtualNetwork");

	if (!strcasecmp(name, "Internet") && !(network && network->set))
		vfg_diag_add(
			tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			"the service tag Internet is what is outside of VirtualNetwork: supply "
			"--tag VirtualNetwork=PREFIX[,...] (or --tag Internet=PREFIX[,...])");
	else if (!strcasecmp(name, "VirtualNetwork"))
		vfg_diag_add(
			tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			"the service tag VirtualNetwork differs from network to network: supply "
			"--tag VirtualNetwork=PREFIX[,...]");
	else
		vfg_diag_add(tags->diag, VFG_ERROR, place, "UnresolvedServiceTag",
			     "the service tag %s is not known: supply --tag %s=PREFIX[,...] or "
			     "--service-tags FILE",
			     name, name);
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
		struct tag *network = find(tags, "VirtualNetwork");

		if (network && network->set)
			return resolve_internet(tags, network->set, ret_set);
	}
	err = resolve_in_files(tags, name, place, ret_set);
	if (err == -ENOENT)
		say_unresolved(tags, place, name);
	return err;
}

int vfg_tags_resolve(struct vfg_tags *tags, const char *name, struct vfg_place place,
		     const struct vfg_set **ret_set)
{
	const struct vfg_set *set = NULL;
	struct tag *tag;
	int err;

	if (canonical(name) != name) {
		vfg_diag_add(tags->diag, VFG_WARNING, place, "ClassicTagSpelling",
			     "%s is the classic spelling of %s", name, canonical(name));
		name = canonical(name);
	}
	tag = find(tags, name);
	if (tag && tag->set) {
		*ret_set = tag->set;
		return 0;
	}
	if (tag) {
		if (!tag->broken)
			say_unresolved(tags, place, name);
		return -ENOENT;
	}
	err = resolve_new(tags, name, place, &set);
	if (err == -ENOMEM || add(tags, name, set, err == -EINVAL))
		return -ENOMEM;
	if (err)
		return -ENOENT;
	*ret_set = set;
	return 0;
}

bool vfg_tags_failed(const struct vfg_tags *tags, const char *name)
{
	const struct tag *tag = find(tags, name);

	return tag && !tag->set;
}
