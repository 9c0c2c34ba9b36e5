/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a network security group in either shape: as the REST API prints it, with `properties`, and
 * flattened, as `az network nsg show` and PowerShell do. Whether the texts mean anything is
 * check.c's business.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "nsg.h"
#include "reader.h"

const struct vfg_nsg_property_name vfg_nsg_property_name[VFG_NSG_PROPERTY_MAX] = {
	[VFG_NSG_SOURCE_ADDRESS] = {"sourceAddressPrefix", "sourceAddressPrefixes",
				    "SourceAddressPrefix", "SourceAddressPrefixes"},
	[VFG_NSG_DESTINATION_ADDRESS] = {"destinationAddressPrefix", "destinationAddressPrefixes",
					 "DestinationAddressPrefix", "DestinationAddressPrefixes"},
	[VFG_NSG_SOURCE_PORT] = {"sourcePortRange", "sourcePortRanges", "SourcePortRange",
				 "SourcePortRanges"},
	[VFG_NSG_DESTINATION_PORT] = {"destinationPortRange", "destinationPortRanges",
				      "DestinationPortRange", "DestinationPortRanges"},
};

static const char *const groups_name[2] = {
	"sourceApplicationSecurityGroups",
	"destinationApplicationSecurityGroups",
};

static int list_field(const struct vfg_reader *reader, struct json_object *array, const char *name,
		      struct vfg_nsg_value *value)
{
	size_t count = json_object_array_length(array);

	value->list = vfg_arena_array(reader->diag->arena, count, sizeof(*value->list));
	if (!value->list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const char *text = vfg_json_text(reader->diag->arena, item);

		if (!vfg_json_is_text(item)) {
			vfg_reader_wrong_type(reader, name, item, "a list of strings");
			value->malformed = true;
		} else if (!text) {
			return -ENOMEM;
		} else {
			value->list[value->count++] = text;
		}
	}
	return 0;
}

/* An array of texts, or one text for a list of one. */
static int texts_field(const struct vfg_reader *reader, struct json_object *object,
		       const char *name, struct vfg_nsg_value *value)
{
	struct json_object *texts = vfg_json_member(object, name);
	const char *text;

	if (!texts)
		return 0;
	if (json_object_is_type(texts, json_type_array))
		return list_field(reader, texts, name, value);
	if (!vfg_json_is_text(texts)) {
		vfg_reader_wrong_type(reader, name, texts, "a string or a list of strings");
		value->malformed = true;
		return 0;
	}
	text = vfg_json_text(reader->diag->arena, texts);
	value->list = vfg_arena_array(reader->diag->arena, 1, sizeof(*value->list));
	if (!text || !value->list)
		return -ENOMEM;
	value->list[0] = text;
	value->count = *text ? 1 : 0;
	return 0;
}

/* PowerShell prints the singular field as an array: one element is the value, more are a list. */
static int value_field(const struct vfg_reader *reader, struct json_object *object,
		       const struct vfg_nsg_property_name *name, struct vfg_nsg_value *value)
{
	struct vfg_nsg_value single = {0};
	int err;

	err = texts_field(reader, object, name->list, value);
	if (!err)
		err = texts_field(reader, object, name->single, &single);
	if (err)
		return err;
	value->malformed |= single.malformed;
	if (single.count > 1 && !value->count) {
		value->list = single.list;
		value->count = single.count;
	} else if (single.count && *single.list[0]) {
		value->single = single.list[0];
	}
	return 0;
}

/* Ids of the groups; one that is not known makes the side malformed, which is said here. */
static int groups_field(const struct vfg_reader *reader, struct json_object *object,
			const char *name, struct vfg_nsg_groups *groups, bool *ret_malformed)
{
	struct json_object *array = vfg_json_member(object, name);
	size_t count;

	if (!array)
		return 0;
	if (!json_object_is_type(array, json_type_array)) {
		vfg_reader_wrong_type(reader, name, array, "a list of objects with an id");
		*ret_malformed = true;
		return 0;
	}
	count = json_object_array_length(array);
	groups->id = vfg_arena_array(reader->diag->arena, count, sizeof(*groups->id));
	if (!groups->id)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct json_object *group = json_object_array_get_idx(array, i);
		struct json_object *id = vfg_json_member(group, "id");

		if (vfg_json_unresolved(reader->diag->arena, id ? id : group)) {
			vfg_reader_wrong_type(reader, name, id ? id : group,
					      "a list of objects with an id");
			*ret_malformed = true;
			continue;
		}
		groups->id[groups->count++] = vfg_json_text(reader->diag->arena, id);
	}
	return 0;
}

static int read_rule(struct vfg_reader *reader, struct json_object *object,
		     struct vfg_nsg_rule *rule)
{
	struct json_object *fields = vfg_reader_fields(object);
	int err;

	rule->id = vfg_json_text(reader->diag->arena, vfg_json_member(object, "id"));
	rule->name = vfg_json_text(reader->diag->arena, vfg_json_member(object, "name"));
	if (!rule->name || !*rule->name)
		rule->name = vfg_reader_id_name(rule->id);
	reader->place.rule = rule->name ? rule->name : "";
	err = vfg_reader_text(reader, fields, "protocol", &rule->protocol);
	if (!err)
		err = vfg_reader_text(reader, fields, "access", &rule->access);
	if (!err)
		err = vfg_reader_text(reader, fields, "direction", &rule->direction);
	if (!err)
		err = vfg_reader_text(reader, fields, "priority", &rule->priority);
	for (int i = 0; !err && i < VFG_NSG_PROPERTY_MAX; i++)
		err = value_field(reader, fields, &vfg_nsg_property_name[i], &rule->value[i]);
	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		err = groups_field(reader, fields, groups_name[i], &rule->groups[i],
				   &rule->value[i].malformed);
		if (err)
			return err;
	}
	return 0;
}

static int read_rules(struct vfg_reader *reader, struct json_object *array, const char *field,
		      size_t *ret_count, struct vfg_nsg_rule **ret_rule)
{
	size_t count = json_object_array_length(array);
	struct vfg_nsg_rule *rule = vfg_arena_array(reader->diag->arena, count, sizeof(*rule));
	size_t kept = 0;

	if (!rule)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct json_object *object = json_object_array_get_idx(array, i);
		int err;

		reader->place.rule = "";
		if (!json_object_is_type(object, json_type_object) ||
		    vfg_json_unresolved(reader->diag->arena, object)) {
			vfg_reader_wrong_type(
				reader, field, object,
				"a list of rules (ConvertTo-Json cuts them off without -Depth)");
			continue;
		}
		err = read_rule(reader, object, &rule[kept++]);
		if (err)
			return err;
	}
	reader->place.rule = "";
	*ret_count = kept;
	*ret_rule = rule;
	return 0;
}

/* An NSG whose rules are not there was cut out of something: never take that for "no rules". */
static int read_lists(struct vfg_reader *reader, struct json_object *fields, struct vfg_nsg *nsg)
{
	struct json_object *rules = vfg_json_member(fields, "securityRules");
	struct json_object *defaults = vfg_json_array(fields, "defaultSecurityRules");
	struct vfg_place place = reader->place;
	int err;

	place.field = "securityRules";
	if (!rules) {
		vfg_diag_add(reader->diag, VFG_ERROR, place, "MissingSecurityRules",
			     "the NSG has no securityRules: give it whole, [] where it has none");
		return -EINVAL;
	}
	if (!json_object_is_type(rules, json_type_array)) {
		vfg_reader_wrong_type(reader, "securityRules", rules, "a list of rules");
		return -EINVAL;
	}
	err = read_rules(reader, rules, "securityRules", &nsg->rule_count, &nsg->rule);
	if (err || !defaults)
		return err;
	return read_rules(reader, defaults, "defaultSecurityRules", &nsg->default_count,
			  &nsg->default_rule);
}

int vfg_nsg_read(struct vfg_diag *diag, const char *file, struct json_object *tree,
		 struct vfg_nsg **ret_nsg)
{
	struct vfg_reader reader = {.diag = diag, .place = {.file = file}};
	struct vfg_nsg *nsg = vfg_arena_alloc(diag->arena, sizeof(*nsg));
	struct json_object *fields = vfg_reader_fields(tree);
	struct json_object *flush = vfg_json_member(fields, "flushConnection");
	int err;

	if (!nsg)
		return -ENOMEM;
	nsg->file = file;
	nsg->id = vfg_json_text(diag->arena, vfg_json_member(tree, "id"));
	nsg->name = vfg_json_text(diag->arena, vfg_json_member(tree, "name"));
	if (!nsg->name || !*nsg->name)
		nsg->name = vfg_reader_id_name(nsg->id);
	if (!nsg->name)
		nsg->name = "nsg";
	if (!nsg->id)
		nsg->id = nsg->name;
	nsg->flush_connection = json_object_get_boolean(flush);
	if (flush && !json_object_is_type(flush, json_type_boolean))
		vfg_reader_wrong_type(&reader, "flushConnection", flush, "true or false");
	err = read_lists(&reader, fields, nsg);
	if (err)
		return err;
	*ret_nsg = nsg;
	return 0;
}
