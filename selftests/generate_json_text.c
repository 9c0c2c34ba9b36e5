/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A random input as a request: a text a source, with the flag that says what it is or without, and
 * the tags of the command line.
 */
#include <stdlib.h>
#include <string.h>

#include "write_rule.h"

/* A request on its way. */
struct desk {
	struct vfg_arena *arena;
	const struct sketch *sketch;
	struct vfg_random *random;
	struct vfg_source *source;
	size_t sources;
};

static void put_configuration(struct writer *writer, const struct sketch_nic *nic, size_t index)
{
	const struct sketch_prefix *address = &nic->address[index];
	char line[64], *slash;

	writer_print_prefix(writer, address, line);
	slash = strchr(line, '/');
	if (slash)
		*slash = '\0';
	writer_open(writer, '{');
	writer_member(writer, "name", line);
	writer_open_properties(writer);
	writer_member(writer, "privateIPAddress", line);
	writer_member(writer, "privateIPAddressVersion",
		      address->family == VFG_IPV4 ? "IPv4" : "IPv6");
	if (nic->groups || vfg_random_below(writer->random, 2))
		writer_groups(writer, "applicationSecurityGroups", nic->groups);
	writer_close_properties(writer);
	writer_close(writer, '}');
}

static void put_nic(struct writer *writer, const struct sketch_nic *nic, int number)
{
	char name[24];

	snprintf(name, sizeof(name), "nic%d", number);
	writer_open(writer, '{');
	writer_name(writer, "networkInterfaces", name);
	writer_member(writer, "type", "Microsoft.Network/networkInterfaces");
	writer_open_properties(writer);
	writer_key(writer, "ipConfigurations");
	writer_open(writer, '[');
	for (size_t i = 0; i < nic->count; i++)
		put_configuration(writer, nic, i);
	writer_close(writer, ']');
	writer_close_properties(writer);
	writer_close(writer, '}');
}

static void put_nics(struct writer *writer, const struct sketch *sketch)
{
	writer_open(writer, '[');
	for (int i = 0; i < SKETCH_NICS; i++)
		put_nic(writer, &sketch->nic[i], i);
	writer_close(writer, ']');
}

static void put_group_list(struct writer *writer)
{
	writer_open(writer, '[');
	for (int i = 0; i < SKETCH_GROUPS; i++) {
		char name[24];

		snprintf(name, sizeof(name), "group%d", i);
		writer_open(writer, '{');
		writer_name(writer, "applicationSecurityGroups", name);
		writer_member(writer, "type", "Microsoft.Network/applicationSecurityGroups");
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void put_tag(struct writer *writer, const char *name, const struct sketch_prefixes *list)
{
	writer_open(writer, '{');
	writer_member(writer, "name", name);
	writer_member(writer, "id", name);
	writer_key(writer, "properties");
	writer_open(writer, '{');
	writer_key(writer, "addressPrefixes");
	writer_prefixes(writer, list);
	writer_close(writer, '}');
	writer_close(writer, '}');
}

static void put_tags(struct writer *writer, const struct sketch *sketch)
{
	writer_open(writer, '{');
	writer_key(writer, "changeNumber");
	writer_separate(writer);
	fputs(vfg_random_below(writer->random, 2) ? "7" : "\"7\"", writer->stream);
	writer_key(writer, "values");
	writer_open(writer, '[');
	put_tag(writer, sketch_tag_name[SKETCH_BOTH], &sketch->decoy);
	put_tag(writer, sketch_tag_name[SKETCH_STORAGE], &sketch->tag[SKETCH_STORAGE]);
	put_tag(writer, sketch_tag_name[SKETCH_SQL], &sketch->tag[SKETCH_SQL]);
	writer_close(writer, ']');
	writer_close(writer, '}');
}

enum sort {
	SORT_NSG,
	SORT_ADMIN,
	SORT_NICS,
	SORT_GROUPS,
	SORT_TAGS,
};

static void write_sort(struct writer *writer, const struct sketch *sketch, enum sort sort,
		       const struct sketch_list *list)
{
	switch (sort) {
	case SORT_NSG:
		writer_nsg(writer, list);
		return;
	case SORT_ADMIN:
		writer_admin(writer, list);
		return;
	case SORT_NICS:
		put_nics(writer, sketch);
		return;
	case SORT_GROUPS:
		put_group_list(writer);
		return;
	case SORT_TAGS:
		put_tags(writer, sketch);
		return;
	}
}

static void add_source(struct desk *desk, enum vfg_source_kind kind, enum sort sort,
		       const struct sketch_list *list)
{
	static const char *const file[] = {"nsg.json", "admin.json", "nics.json", "groups.json",
					   "tags.json"};
	char *text = NULL;
	size_t bytes = 0;
	struct writer writer = {
		.stream = open_memstream(&text, &bytes),
		.random = desk->random,
		.flat = vfg_random_below(desk->random, 2),
		.keys = vfg_random_below(desk->random, 4),
	};

	if (!writer.stream)
		abort();
	if (vfg_random_below(desk->random, 16) == 0)
		fputs("\xef\xbb\xbf", writer.stream);
	write_sort(&writer, desk->sketch, sort, list);
	fclose(writer.stream);
	desk->source[desk->sources++] = (struct vfg_source){
		.kind = kind,
		.file = file[sort],
		.text = vfg_arena_strndup(desk->arena, text, bytes),
		.bytes = bytes,
	};
	free(text);
}

/* The flag that says what a file is, or none, where its content does. */
static enum vfg_source_kind flag(struct desk *desk, enum vfg_source_kind kind)
{
	return vfg_random_below(desk->random, 2) ? kind : VFG_SOURCE_ANY;
}

static const char *tag_text(struct desk *desk, enum sketch_tag_name tag)
{
	const struct sketch_prefixes *list = &desk->sketch->tag[tag];
	struct writer writer = {.random = desk->random};
	const char *text = vfg_arena_format(desk->arena, "%s=", sketch_tag_name[tag]);

	for (size_t i = 0; i < list->count; i++) {
		char line[64];

		text = vfg_arena_format(desk->arena, "%s%s%s", text, i ? "," : "",
					writer_print_prefix(&writer, &list->prefix[i], line));
	}
	return text;
}

static bool names_group(const struct sketch *sketch)
{
	for (int stage = 0; stage < VFG_STAGE_MAX; stage++) {
		for (size_t i = 0; i < sketch->list[stage].count; i++) {
			const struct sketch_rule *rule = &sketch->list[stage].rule[i];

			if (rule->side[0].kind == SKETCH_GROUP ||
			    rule->side[1].kind == SKETCH_GROUP)
				return true;
		}
	}
	return false;
}

void sketch_request(struct vfg_arena *arena, const struct sketch *sketch, struct vfg_random *random,
		    struct vfg_request *ret_request)
{
	static const enum sketch_tag_name given[] = {SKETCH_NETWORK, SKETCH_OFFICE, SKETCH_BOTH};
	struct desk desk = {.arena = arena, .sketch = sketch, .random = random};
	const struct sketch_list *list = sketch->list;
	const char **tag = vfg_arena_array(arena, 3, sizeof(*tag));

	desk.source = vfg_arena_array(arena, SKETCH_SOURCES_MAX, sizeof(*desk.source));
	if (!desk.source || !tag)
		abort();
	if (list[VFG_STAGE_SUBNET].given)
		add_source(&desk, VFG_SOURCE_SUBNET_NSG, SORT_NSG, &list[VFG_STAGE_SUBNET]);
	if (list[VFG_STAGE_NIC].given)
		add_source(&desk, flag(&desk, VFG_SOURCE_NIC_NSG), SORT_NSG, &list[VFG_STAGE_NIC]);
	if (list[VFG_STAGE_ADMIN].given)
		add_source(&desk, flag(&desk, VFG_SOURCE_ADMIN_RULES), SORT_ADMIN,
			   &list[VFG_STAGE_ADMIN]);
	if (names_group(sketch)) {
		add_source(&desk, flag(&desk, VFG_SOURCE_NIC), SORT_NICS, NULL);
		add_source(&desk, flag(&desk, VFG_SOURCE_NIC), SORT_GROUPS, NULL);
	}
	add_source(&desk, flag(&desk, VFG_SOURCE_SERVICE_TAGS), SORT_TAGS, NULL);
	for (int i = 0; i < 3; i++)
		tag[i] = tag_text(&desk, given[i]);
	*ret_request = (struct vfg_request){
		.sources = desk.source,
		.source_count = desk.sources,
		.tags = tag,
		.tag_count = 3,
		.platform = sketch->platform,
		.inert_empty_groups = sketch->inert,
	};
}
