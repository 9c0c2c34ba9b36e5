/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One security admin rule. It differs from an NSG's: addresses are lists of typed elements, "*",
 * tags and both families may stand together, and what is absent means everything.
 */
#include "adminrule.h"

#include <errno.h>
#include <linux/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "port.h"
#include "reader.h"

enum {
	NAME_MAX_BYTES = 512, /* what fits our own tables */
};

/* A field that is one of several words, and what is said where it is not. */
struct vocabulary {
	const char *field;
	const char *code;
	const char *wanted;
	struct {
		const char *text;
		int value;
	} word[8]; /* up to one without text */
};

static const struct vocabulary protocols = {"protocol",
					    "SecurityRuleInvalidProtocol",
					    "One of Tcp, Udp, Icmp, Esp, Ah, Any",
					    {{"Any", VFG_PROTOCOL_ANY},
					     {"*", VFG_PROTOCOL_ANY},
					     {"Tcp", IPPROTO_TCP},
					     {"Udp", IPPROTO_UDP},
					     {"Icmp", IPPROTO_ICMP},
					     {"Esp", IPPROTO_ESP},
					     {"Ah", IPPROTO_AH}}};

static const struct vocabulary accesses = {"access",
					   "SecurityRuleInvalidAccess",
					   "Allow, Deny or AlwaysAllow",
					   {{"Deny", VFG_ACTION_DENY},
					    {"Allow", VFG_ACTION_ALLOW},
					    {"AlwaysAllow", VFG_ACTION_ALWAYS_ALLOW}}};

static const struct vocabulary directions = {
	"direction",
	"SecurityRuleInvalidDirection",
	"Inbound or Outbound",
	{{"Inbound", VFG_INBOUND}, {"Outbound", VFG_OUTBOUND}}};

/* The two spellings of a side: today's, and that of early versions and of some tools. */
static const char *const side_name[2][2] = {
	{"sources", "source"},
	{"destinations", "destination"},
};

/* A rule while it is read. */
struct draft {
	struct vfg_field *field;
	struct vfg_reader reader;
	struct json_object *fields;
	struct vfg_admin_rule *rule;
};

/* "" was said by the reader. */
static void bad_value(struct draft *draft, const char *field, const char *code, const char *text,
		      const char *wanted)
{
	struct vfg_place place = draft->reader.place;

	if (text && !*text)
		return;
	place.field = field;
	vfg_diag_add(draft->reader.diag, VFG_ERROR, place, code, "%s is needed. Value provided: %s",
		     wanted, text ? text : "(none)");
}

/* 0 where it is in error. */
static int read_word(struct draft *draft, const struct vocabulary *vocabulary, uint16_t *ret_value)
{
	const char *text;
	int err = vfg_reader_text(&draft->reader, draft->fields, vocabulary->field, &text);

	if (err)
		return err;
	for (int i = 0; text && vocabulary->word[i].text; i++) {
		if (strcasecmp(text, vocabulary->word[i].text))
			continue;
		*ret_value = (uint16_t)vocabulary->word[i].value;
		return 0;
	}
	bad_value(draft, vocabulary->field, vocabulary->code, text, vocabulary->wanted);
	return 0;
}

static int read_priority(struct draft *draft)
{
	const char *text;
	size_t digits;
	unsigned long number;
	int err = vfg_reader_text(&draft->reader, draft->fields, "priority", &text);

	if (err)
		return err;
	digits = text ? strspn(text, "0123456789") : 0;
	number = digits && digits <= 5 && !text[digits] ? strtoul(text, NULL, 10) : 0;
	if (number >= VFG_ADMIN_PRIORITY_MIN && number <= VFG_ADMIN_PRIORITY_MAX)
		draft->rule->rule.priority = (uint16_t)number;
	else
		bad_value(draft, "priority", "SecurityRuleInvalidPriority", text,
			  "A priority of 1-4096");
	return 0;
}

static void bad_prefix(struct draft *draft, const char *text, const char *why)
{
	vfg_diag_add(draft->field->diag, VFG_ERROR, draft->field->place,
		     "SecurityRuleInvalidAddressPrefix",
		     "Security rule %s has invalid Address prefix. Value provided: %s (%s)",
		     draft->field->rule_id, text, why);
}

/* An element of type IPPrefix. Return: as vfg_set_build(), @ret_set untouched on errors. */
static int prefix_set(struct draft *draft, const char *text, const struct vfg_set **ret_set)
{
	struct vfg_prefix prefix;

	if (vfg_field_is_any(text)) {
		*ret_set = &vfg_set_any;
		return 0;
	}
	if (vfg_tag_is_name(text)) {
		bad_prefix(draft, text, "a service tag has the addressPrefixType ServiceTag");
		return 0;
	}
	if (vfg_field_prefix(draft->field, text, &prefix))
		return 0;
	return vfg_set_build(draft->field->diag->arena, &prefix, 1, ret_set);
}

static int tag_set(struct draft *draft, const char *text, const struct vfg_set **ret_set)
{
	int err;

	if (!vfg_tag_is_name(text)) {
		bad_prefix(draft, text, "not a service tag's name");
		return 0;
	}
	err = vfg_tags_resolve(draft->field->tags, text, draft->field->place, ret_set);
	return err == -ENOENT ? 0 : err;
}

/* One element of a side; @ret_set stays as it is where it is in error. */
static int element_set(struct draft *draft, struct json_object *element,
		       const struct vfg_set **ret_set)
{
	const char *type, *text;
	int err;

	if (!json_object_is_type(element, json_type_object) ||
	    vfg_json_unresolved(draft->reader.diag->arena, element)) {
		vfg_reader_wrong_type(&draft->reader, draft->field->place.field, element,
				      "a list of {addressPrefixType, addressPrefix}");
		return 0;
	}
	err = vfg_reader_text(&draft->reader, element, "addressPrefixType", &type);
	if (!err)
		err = vfg_reader_text(&draft->reader, element, "addressPrefix", &text);
	if (err || (type && !*type) || (text && !*text))
		return err;
	if (type && !strcasecmp(type, "NetworkGroup")) {
		vfg_diag_add(draft->reader.diag, VFG_ERROR, draft->field->place,
			     "UnresolvedNetworkGroup",
			     "the addresses of the network group %s are not in this file: write "
			     "its members' prefixes in its place, as IPPrefix",
			     text ? text : "(none)");
		return 0;
	}
	if (!text) {
		bad_prefix(draft, "(none)", "addressPrefix is missing");
		return 0;
	}
	if (type ? !strcasecmp(type, "ServiceTag")
		 : !vfg_field_is_any(text) && vfg_tag_is_name(text))
		return tag_set(draft, text, ret_set);
	if (!type || !strcasecmp(type, "IPPrefix"))
		return prefix_set(draft, text, ret_set);
	bad_prefix(draft, text, "addressPrefixType is none of IPPrefix, ServiceTag, NetworkGroup");
	return 0;
}

/* Elements add up. @ret_set stays NULL where one is in error. */
static int list_set(struct draft *draft, struct json_object *list, const struct vfg_set **ret_set)
{
	bool array = json_object_is_type(list, json_type_array);
	size_t count = array ? json_object_array_length(list) : 1, kept = 0;
	const struct vfg_set **set =
		vfg_arena_array(draft->reader.diag->arena, count, sizeof(*set));

	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct json_object *element = array ? json_object_array_get_idx(list, i) : list;
		int err = element_set(draft, element, &set[kept]);

		if (err)
			return err;
		kept += set[kept] != NULL;
	}
	return kept < count ? 0 : vfg_set_union(draft->reader.diag->arena, set, kept, ret_set);
}

/* NULL where the rule does not restrict this side in this spelling. */
static struct json_object *given(struct draft *draft, const char *name)
{
	struct json_object *list = vfg_json_member(draft->fields, name);

	if (json_object_is_type(list, json_type_array) && !json_object_array_length(list))
		return NULL;
	return list;
}

static int read_side(struct draft *draft, const char *const name[2], const struct vfg_set **ret_set)
{
	struct json_object *list = given(draft, name[0]), *other = given(draft, name[1]);

	draft->field->place.field = list ? name[0] : name[1];
	if (list && other) {
		vfg_diag_add(draft->reader.diag, VFG_ERROR, draft->field->place,
			     "SecurityRuleBothSingularAndPlural",
			     "both %s and %s are given: only one may be", name[1], name[0]);
		return 0;
	}
	if (list || other)
		return list_set(draft, list ? list : other, ret_set);
	*ret_set = &vfg_set_any;
	return 0;
}

static int read_ports(struct draft *draft, const char *name, struct vfg_ports *ret_ports)
{
	struct vfg_port_range *range;
	struct vfg_texts texts;
	size_t kept = 0;
	int err = vfg_reader_texts(&draft->reader, draft->fields, name, &texts);

	if (err)
		return err;
	range = vfg_arena_array(draft->reader.diag->arena, texts.count, sizeof(*range));
	if (!range)
		return -ENOMEM;
	draft->field->place.field = name;
	for (size_t i = 0; i < texts.count; i++) {
		range[kept] = vfg_ports_all.range[0];
		if (vfg_field_is_any(texts.text[i]) || !vfg_port_parse(texts.text[i], &range[kept]))
			kept++;
		else
			vfg_field_bad_port(draft->field, name, texts.text[i]);
	}
	if (texts.malformed || kept < texts.count)
		return 0;
	if (!kept)
		*ret_ports = vfg_ports_all;
	else
		err = vfg_ports_build(draft->reader.diag->arena, range, kept, ret_ports);
	return err;
}

/* A name that lines of output can carry. */
static bool check_name(struct draft *draft)
{
	const char *name = draft->rule->name;
	struct vfg_place place = draft->reader.place;
	bool usable = name && *name && strlen(name) <= NAME_MAX_BYTES;

	for (const char *at = name; usable && *at; at++)
		usable = (unsigned char)*at >= ' ' && *at != 0x7f;
	place.field = "name";
	if (!usable)
		vfg_diag_add(
			draft->reader.diag, VFG_ERROR, place, "InvalidResourceName",
			"Resource name %s is invalid: 1 to %d printable characters are needed.",
			name ? name : "(none)", NAME_MAX_BYTES);
	return usable;
}

/* Rules of kind Default are the platform's own, and may be told by their flag alone. */
static bool check_kind(struct draft *draft, struct json_object *object)
{
	struct vfg_diag *diag = draft->reader.diag;
	const char *kind = vfg_json_text(diag->arena, vfg_json_member(object, "kind"));
	const char *flag = vfg_json_text(diag->arena, vfg_json_member(draft->fields, "flag"));
	struct vfg_place place = draft->reader.place;

	place.field = "kind";
	if (kind && strcasecmp(kind, "Custom") && strcasecmp(kind, "Default")) {
		vfg_diag_add(diag, VFG_ERROR, place, "UnsupportedAdminRule",
			     "the rule is of kind %s: Custom and Default are known", kind);
		return false;
	}
	if (!flag || vfg_json_member(draft->fields, "direction") ||
	    vfg_json_member(draft->fields, "access"))
		return true;
	place.field = "flag";
	vfg_diag_add(diag, VFG_ERROR, place, "UnsupportedAdminRule",
		     "the rule says %s and no more: protocol, access, priority and direction are "
		     "needed, as `az network manager security-admin-config rule-collection rule "
		     "show` prints them",
		     flag);
	return false;
}

static int read_fields(struct draft *draft)
{
	struct vfg_model_rule *rule = &draft->rule->rule;
	uint16_t access = 0, direction = 0;
	int err;

	err = read_word(draft, &protocols, &rule->protocol);
	if (!err)
		err = read_word(draft, &accesses, &access);
	if (!err)
		err = read_word(draft, &directions, &direction);
	if (!err)
		err = read_priority(draft);
	if (!err)
		err = read_side(draft, side_name[0], &rule->source);
	if (!err)
		err = read_side(draft, side_name[1], &rule->destination);
	if (!err)
		err = read_ports(draft, "sourcePortRanges", &rule->source_ports);
	if (!err)
		err = read_ports(draft, "destinationPortRanges", &rule->destination_ports);
	rule->action = (uint8_t)access;
	rule->direction = (uint8_t)direction;
	return err;
}

static void warn_ports(const struct draft *draft)
{
	const struct vfg_model_rule *rule = &draft->rule->rule;
	struct vfg_place place = draft->reader.place;
	bool source = !vfg_ports_is_all(&rule->source_ports);

	if (rule->protocol == VFG_PROTOCOL_ANY || rule->protocol == IPPROTO_TCP ||
	    rule->protocol == IPPROTO_UDP ||
	    (!source && vfg_ports_is_all(&rule->destination_ports)))
		return;
	place.field = source ? "sourcePortRanges" : "destinationPortRanges";
	vfg_diag_add(draft->reader.diag, VFG_WARNING, place, "PortsIgnored",
		     "the rule's protocol has no ports: they are ignored");
}

static const char *name_of(struct vfg_arena *arena, struct json_object *object, const char *id)
{
	const char *name = vfg_json_text(arena, vfg_json_member(object, "name"));

	return name && *name ? name : vfg_reader_id_name(id);
}

int vfg_admin_rule_read(struct vfg_field *field, struct json_object *object,
			struct vfg_admin_rule *ret_rule)
{
	struct vfg_arena *arena = field->diag->arena;
	struct draft draft = {
		.field = field,
		.reader = {.diag = field->diag, .place = {.file = field->place.file}},
		.fields = vfg_reader_fields(object),
		.rule = ret_rule,
	};
	size_t errors = field->diag->errors;
	int err;

	ret_rule->file = field->place.file;
	ret_rule->id = vfg_json_text(arena, vfg_json_member(object, "id"));
	ret_rule->name = name_of(arena, object, ret_rule->id);
	draft.reader.place.rule = ret_rule->name ? ret_rule->name : "(none)";
	ret_rule->rule.name = vfg_arena_format(arena, "adminRules/%s", draft.reader.place.rule);
	if (!ret_rule->rule.name)
		return -ENOMEM;
	field->place = draft.reader.place;
	field->rule_id = ret_rule->id ? ret_rule->id : ret_rule->rule.name;
	if (!check_name(&draft) || !check_kind(&draft, object))
		return 0;
	err = read_fields(&draft);
	ret_rule->good = !err && field->diag->errors == errors;
	if (ret_rule->good)
		warn_ports(&draft);
	return err;
}
