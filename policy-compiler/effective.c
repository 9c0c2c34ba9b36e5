/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads effective security rules: what the platform says is in force at a NIC, one entry for every
 * NSG and for the network manager. Tags stay tags here, and what they stand for goes to the
 * document's tags, so that rules share their sets.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "document.h"
#include "inforce.h"
#include "nsg.h"
#include "reader.h"

enum {
	DEFAULT_PRIORITY_MIN = 65000,
};

struct reader {
	struct vfg_diag *diag;
	struct vfg_document *document;
};

/* How names say whose rule it is. */
static const struct {
	const char *prefix;
	bool is_default;
} prefixes[] = {
	{"securityRules/", false},
	{"defaultSecurityRules/", true},
	{"UserRule_", false},
	{"DefaultRule_", true},
};

/* The last rules as the security group view spells them. */
static const struct {
	const char *text;
	const char *name;
} view_names[] = {
	{"DefaultInboundDenyAll", "DenyAllInBound"},
	{"DefaultOutboundDenyAll", "DenyAllOutBound"},
};

static const char *text_of(struct reader *reader, struct json_object *object, const char *name)
{
	return vfg_json_text(reader->diag->arena, vfg_json_member(object, name));
}

/* A rule's name without what tells whose it is; NULL where it has none. */
static const char *bare_name(struct reader *reader, struct json_object *rule, bool *ret_default)
{
	const char *name = text_of(reader, rule, "name");
	const char *priority = text_of(reader, rule, "priority");

	*ret_default = priority && strtoul(priority, NULL, 10) >= DEFAULT_PRIORITY_MIN;
	for (size_t i = 0; name && i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t length = strlen(prefixes[i].prefix);

		if (strncasecmp(name, prefixes[i].prefix, length))
			continue;
		*ret_default |= prefixes[i].is_default;
		name += length;
		break;
	}
	for (size_t i = 0; name && i < sizeof(view_names) / sizeof(*view_names); i++) {
		if (!strcasecmp(name, view_names[i].text))
			name = view_names[i].name;
	}
	return name;
}

/* Fields that stand as they are, but for the word for every protocol. */
static void copy_scalars(struct json_object *rule, struct json_object *fields, const char *any)
{
	static const char *const name[] = {"access", "direction", "priority"};
	struct json_object *protocol = vfg_json_member(rule, "protocol");

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		json_object_object_add(fields, name[i],
				       json_object_get(vfg_json_member(rule, name[i])));
	if (json_object_is_type(protocol, json_type_string) &&
	    !strcasecmp(json_object_get_string(protocol), "All"))
		json_object_object_add(fields, "protocol", json_object_new_string(any));
	else
		json_object_object_add(fields, "protocol", json_object_get(protocol));
}

static struct json_object *named_new(const char *name, struct json_object *fields)
{
	struct json_object *object = json_object_new_object();

	if (name)
		json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "properties", fields);
	return object;
}

/* One property of an NSG's rule: one value is singular, more are plural. */
static void put_values(struct json_object *fields, const struct vfg_nsg_property_name *name,
		       struct json_object *values)
{
	size_t count = json_object_array_length(values);

	if (count == 1)
		json_object_object_add(fields, name->single,
				       json_object_get(json_object_array_get_idx(values, 0)));
	else if (count)
		json_object_object_add(fields, name->list, json_object_get(values));
	json_object_put(values);
}

static int convert_rule(struct reader *reader, struct json_object *rule, const char *name,
			struct json_object *fields)
{
	struct vfg_place place = {.file = reader->document->file, .rule = name ? name : ""};
	int err = 0;

	copy_scalars(rule, fields, "*");
	for (int i = 0; !err && i < VFG_NSG_PROPERTY_MAX; i++) {
		struct json_object *values;

		err = vfg_inforce_values(reader->diag, place, rule, i, reader->document->tags,
					 &values);
		if (!err)
			put_values(fields, &vfg_nsg_property_name[i], values);
	}
	return err;
}

/* Absent addresses would mean any in the network manager's shape: never take a gap for that. */
static struct json_object *admin_addresses(struct json_object *values)
{
	struct json_object *list = json_object_new_array();

	if (!json_object_array_length(values)) {
		json_object_put(values);
		json_object_put(list);
		return vfg_json_unresolved_new(
			"the effective rule says no addresses for this side");
	}

	for (size_t i = 0; i < json_object_array_length(values); i++) {
		struct json_object *value = json_object_array_get_idx(values, i);
		struct json_object *address = json_object_new_object();

		json_object_object_add(address, "addressPrefixType",
				       json_object_new_string(vfg_inforce_is_tag(value)
								      ? "ServiceTag"
								      : "IPPrefix"));
		json_object_object_add(address, "addressPrefix", json_object_get(value));
		json_object_array_add(list, address);
	}
	json_object_put(values);
	return list;
}

/* In the shape of the network manager's rules. */
static int convert_admin(struct reader *reader, struct json_object *rule, const char *name,
			 struct json_object *fields)
{
	static const char *const field[VFG_NSG_PROPERTY_MAX] = {
		[VFG_NSG_SOURCE_ADDRESS] = "sources",
		[VFG_NSG_DESTINATION_ADDRESS] = "destinations",
		[VFG_NSG_SOURCE_PORT] = "sourcePortRanges",
		[VFG_NSG_DESTINATION_PORT] = "destinationPortRanges",
	};
	struct vfg_place place = {.file = reader->document->file, .rule = name ? name : ""};
	int err = 0;

	copy_scalars(rule, fields, "Any");
	for (int i = 0; !err && i < VFG_NSG_PROPERTY_MAX; i++) {
		struct json_object *values;

		err = vfg_inforce_values(reader->diag, place, rule, i, reader->document->tags,
					 &values);
		if (!err)
			json_object_object_add(fields, field[i],
					       i <= VFG_NSG_DESTINATION_ADDRESS
						       ? admin_addresses(values)
						       : values);
	}
	return err;
}

/* Where the rules of one entry go: own, and the six that every NSG ends with. */
struct target {
	struct json_object *rules;
	struct json_object *defaults; /* NULL in the network manager's list */
};

static int read_rules(struct reader *reader, struct json_object *rules, struct target target)
{
	for (size_t i = 0; i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);
		struct json_object *fields = json_object_new_object();
		bool is_default;
		const char *name = bare_name(reader, rule, &is_default);
		int err;

		if (target.defaults)
			err = convert_rule(reader, rule, name, fields);
		else
			err = convert_admin(reader, rule, name, fields);
		json_object_array_add(target.defaults && is_default ? target.defaults
								    : target.rules,
				      named_new(name, fields));
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}

/* [{"id"}], as an NSG names what it is associated with. */
static void put_association(struct json_object *fields, const char *name, const char *id)
{
	struct json_object *list, *object;

	if (!id)
		return;
	list = json_object_new_array();
	object = json_object_new_object();
	json_object_object_add(object, "id", json_object_new_string(id));
	json_object_array_add(list, object);
	json_object_object_add(fields, name, list);
}

static const char *association(struct reader *reader, struct json_object *entry, const char *name)
{
	struct json_object *object = vfg_json_member(vfg_json_member(entry, "association"), name);
	const char *id = text_of(reader, object, "id");

	return id && *id ? id : NULL;
}

/*
 * An entry that names an NSG and where it is associated is that NSG's even if a network manager is
 * named beside it: taking its rules for admin rules would lose the Deny at the end.
 */
static bool is_admin(struct reader *reader, struct json_object *entry, const char *id)
{
	if (!association(reader, entry, "networkManager"))
		return false;
	return !id || !strcasestr(id, "/networkSecurityGroups/") ||
	       (!association(reader, entry, "subnet") &&
		!association(reader, entry, "networkInterface"));
}

static int read_nsg(struct reader *reader, struct json_object *rules, struct json_object *entry,
		    const char *id)
{
	struct target target = {json_object_new_array(), json_object_new_array()};
	struct json_object *fields = json_object_new_object();
	struct json_object *nsg = named_new(vfg_reader_id_name(id) ?: "effective", fields);

	if (id)
		json_object_object_add(nsg, "id", json_object_new_string(id));
	json_object_object_add(fields, "securityRules", target.rules);
	json_object_object_add(fields, "defaultSecurityRules", target.defaults);
	put_association(fields, "subnets", association(reader, entry, "subnet"));
	put_association(fields, "networkInterfaces",
			association(reader, entry, "networkInterface"));
	if (!reader->document->nsgs)
		reader->document->nsgs = json_object_new_array();
	json_object_array_add(reader->document->nsgs, nsg);
	return read_rules(reader, rules, target);
}

static int read_entry(struct reader *reader, struct json_object *entry)
{
	struct json_object *rules = vfg_json_array(entry, "effectiveSecurityRules");
	const char *id = text_of(reader, vfg_json_member(entry, "networkSecurityGroup"), "id");

	if (!rules) {
		vfg_diag_add(reader->diag, VFG_ERROR,
			     (struct vfg_place){.file = reader->document->file},
			     "MissingSecurityRules",
			     "an entry has no effectiveSecurityRules: give the answer whole");
		return 0;
	}
	if (!is_admin(reader, entry, id))
		return read_nsg(reader, rules, entry, id && *id ? id : NULL);
	if (!reader->document->admin)
		reader->document->admin = json_object_new_array();
	return read_rules(reader, rules, (struct target){.rules = reader->document->admin});
}

/*
 * The expansions that the default rules say come first: the platform's default rules are made of
 * them, while a rule of the user can stand with addresses of its own.
 */
static int read_default_tags(struct reader *reader, struct json_object *rules)
{
	int err = 0;

	for (size_t i = 0; rules && !err && i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);
		bool is_default;

		bare_name(reader, rule, &is_default);
		if (is_default)
			err = vfg_inforce_tags(reader->diag, rule, reader->document->tags);
	}
	return err;
}

static int read_list(struct reader *reader, struct json_object *list)
{
	struct json_object *first = json_object_array_get_idx(list, 0);
	size_t count = json_object_array_length(list);
	int err = 0;

	if (!vfg_json_member(first, "effectiveSecurityRules")) {
		err = read_default_tags(reader, list);
		return err ? err : read_nsg(reader, list, NULL, NULL);
	}
	for (size_t i = 0; !err && i < count; i++)
		err = read_default_tags(reader, vfg_json_array(json_object_array_get_idx(list, i),
							       "effectiveSecurityRules"));
	for (size_t i = 0; !err && i < count; i++)
		err = read_entry(reader, json_object_array_get_idx(list, i));
	for (size_t i = 0; !err && i < count; i++)
		err = vfg_inforce_map(reader->diag, reader->document->file,
				      vfg_json_member(json_object_array_get_idx(list, i), "tagMap"),
				      reader->document->tags);
	return err;
}

int vfg_effective_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document)
{
	struct reader reader = {.diag = diag, .document = document};
	struct json_object *list = json_object_get(vfg_kind_list(tree));
	size_t errors = diag->errors;
	int err;

	if (!list) {
		list = json_object_new_array();
		json_object_array_add(list, json_object_get(tree));
	}
	document->tags = json_object_new_object();
	err = read_list(&reader, list);
	json_object_put(list);
	if (err)
		return err;
	return diag->errors == errors ? 0 : -EINVAL;
}
