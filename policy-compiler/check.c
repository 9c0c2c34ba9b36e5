/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an NSG's texts to the rules of the model. Everything is checked, whatever failed before, so
 * that one run shows all that has to be put right. The address and port fields are field.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"
#include "limit.h"
#include "port.h"

/* A rule on its way: the model's, and whether it may go in. */
struct draft {
	struct vfg_model_rule rule;
	size_t index; /* in the input */
	bool good;
};

static const struct {
	const char *text;
	uint16_t number;
	bool ports;
} protocols[] = {
	{"*", VFG_PROTOCOL_ANY, true},
	{"Any", VFG_PROTOCOL_ANY, true},
	{"Tcp", 6, true},
	{"Udp", 17, true},
	{"Icmp", 1, false},
	{"Esp", 50, false},
	{"Ah", 51, false},
};

static bool is_word(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
	       (letter >= '0' && letter <= '9') || letter == '_';
}

/* What the platform takes for new names. */
static bool is_good_name(const char *name)
{
	size_t length = strlen(name);

	if (length > VFG_CHECK_NAME_MAX || !is_word(name[0]) || !is_word(name[length - 1]))
		return false;
	for (const char *at = name; *at; at++) {
		if (!is_word(*at) && *at != '.' && *at != '-')
			return false;
	}
	return true;
}

/* What would break a line of output. */
static bool is_usable_name(const char *name)
{
	if (!*name || strlen(name) > VFG_CHECK_NAME_LIMIT)
		return false;
	for (const char *at = name; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	}
	return true;
}

/* Live NSGs carry names that the platform refuses today: a warning only. */
static bool check_name(struct vfg_field *field, const char *name)
{
	bool usable = name && is_usable_name(name);
	/* A template's name that only a deployment knows stands as its expression. */
	bool unknown = usable && strchr(name, '[');

	field->place.field = "name";
	if (usable && (field->effective || unknown || is_good_name(name)))
		return true;
	vfg_diag_add(field->diag, usable ? VFG_WARNING : VFG_ERROR, field->place,
		     "InvalidResourceName",
		     "Resource name %s is invalid. The name can be up to 80 characters long. It "
		     "must begin with a word character, and it must end with a word character or "
		     "with '_'. The name may contain word characters or '.', '-', '_'.",
		     name ? name : "(none)");
	return usable;
}

static bool check_protocol(struct vfg_field *field, const char *text, uint16_t *ret_protocol,
			   bool *ret_ports)
{
	field->place.field = "protocol";
	for (size_t i = 0; text && i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (strcasecmp(text, protocols[i].text))
			continue;
		*ret_protocol = protocols[i].number;
		*ret_ports = protocols[i].ports;
		if (protocols[i].number == VFG_PROTOCOL_ANY && strcmp(text, "*"))
			vfg_diag_add(field->diag, VFG_WARNING, field->place, "ClientSideWord",
				     "%s is the portal's word: taken as *", text);
		return true;
	}
	if (!text || *text)
		vfg_diag_add(field->diag, VFG_ERROR, field->place, "SecurityRuleInvalidProtocol",
			     "Security rule has invalid Protocol. Value provided: %s. One of Tcp, "
			     "Udp, Icmp, Esp, Ah, * is needed.",
			     text ? text : "(none)");
	return false;
}

/* One of two words. Return: 0 or 1, or -EINVAL, said in @diag. */
static int check_word(struct vfg_field *field, const char *name, const char *code, const char *text,
		      const char *const word[2])
{
	field->place.field = name;
	for (int i = 0; text && i < 2; i++) {
		if (!strcasecmp(text, word[i]))
			return i;
	}
	if (!text || *text)
		vfg_diag_add(field->diag, VFG_ERROR, field->place, code,
			     "%s or %s is needed. Value provided: %s", word[0], word[1],
			     text ? text : "(none)");
	return -EINVAL;
}

static bool check_priority(struct vfg_field *field, const char *text, uint16_t *ret_priority)
{
	size_t digits = text ? strspn(text, "0123456789") : 0;
	unsigned long number = digits && digits <= 5 && !text[digits] ? strtoul(text, NULL, 10) : 0;
	unsigned long min = field->effective ? 1 : VFG_CHECK_PRIORITY_MIN;
	unsigned long max = field->effective ? VFG_CHECK_EFFECTIVE_MAX : VFG_CHECK_PRIORITY_MAX;

	field->place.field = "priority";
	if (number >= min && number <= max) {
		*ret_priority = (uint16_t)number;
		return true;
	}
	if (!text || *text)
		vfg_diag_add(field->diag, VFG_ERROR, field->place, "SecurityRuleInvalidPriority",
			     "Security rule has invalid Priority. Value provided: %s Allowed range "
			     "%lu-%lu.",
			     text ? text : "(none)", min, max);
	return false;
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int check_sides(struct vfg_field *field, const struct vfg_nsg_rule *text,
		       struct vfg_model_rule *rule)
{
	unsigned int source, destination;
	int err;

	err = vfg_field_addresses(field, text, VFG_NSG_SOURCE_ADDRESS, &rule->source, &source);
	if (!err)
		err = vfg_field_addresses(field, text, VFG_NSG_DESTINATION_ADDRESS,
					  &rule->destination, &destination);
	if (!err)
		err = vfg_field_ports(field, text, VFG_NSG_SOURCE_PORT, &rule->source_ports);
	if (!err)
		err = vfg_field_ports(field, text, VFG_NSG_DESTINATION_PORT,
				      &rule->destination_ports);
	if (err)
		return err;
	field->place.field = NULL;
	if (!field->effective && (source | destination) == (1u << VFG_IPV4 | 1u << VFG_IPV6))
		vfg_diag_add(
			field->diag, VFG_ERROR, field->place,
			"ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
			"Resource %s contains IP addresses or prefixes that belong to different "
			"address families. All IP addresses or prefixes in the resource should "
			"belong to the same address family.",
			field->rule_id);
	return 0;
}

static void warn_ports(struct vfg_field *field, const struct vfg_model_rule *rule)
{
	field->place.field = "destinationPortRange";
	if (!vfg_ports_is_all(&rule->source_ports))
		field->place.field = "sourcePortRange";
	else if (vfg_ports_is_all(&rule->destination_ports))
		return;
	vfg_diag_add(field->diag, VFG_WARNING, field->place, "PortsIgnored",
		     "the rule's protocol has no ports: they are ignored");
}

static int check_rule(struct vfg_field *field, const struct vfg_nsg_rule *text, struct draft *draft)
{
	static const char *const access[2] = {"Deny", "Allow"};
	static const char *const direction[2] = {"Inbound", "Outbound"};
	struct vfg_model_rule *rule = &draft->rule;
	size_t errors = field->diag->errors;
	bool ports = true;
	int err, word;

	check_name(field, text->name);
	rule->name = vfg_arena_format(field->diag->arena, "securityRules/%s",
				      text->name ? text->name : "");
	if (!rule->name)
		return -ENOMEM;
	check_protocol(field, text->protocol, &rule->protocol, &ports);
	word = check_word(field, "access", "SecurityRuleInvalidAccess", text->access, access);
	rule->action = word == 1 ? VFG_ACTION_ALLOW : VFG_ACTION_DENY;
	word = check_word(field, "direction", "SecurityRuleInvalidDirection", text->direction,
			  direction);
	rule->direction = word == 1 ? VFG_OUTBOUND : VFG_INBOUND;
	check_priority(field, text->priority, &rule->priority);
	err = check_sides(field, text, rule);
	if (err)
		return err;
	/* A field of the wrong type was said by the reader, so look at what is missing too. */
	draft->good = field->diag->errors == errors && rule->source && rule->destination &&
		      rule->source_ports.count && rule->destination_ports.count && rule->priority &&
		      word >= 0 && text->access && *text->access;
	if (draft->good && !ports)
		warn_ports(field, rule);
	return 0;
}

static int check_rules(struct vfg_field *field, const struct vfg_nsg *nsg, struct draft *draft)
{
	for (size_t i = 0; i < nsg->rule_count; i++) {
		const struct vfg_nsg_rule *text = &nsg->rule[i];
		int err;

		draft[i].index = i;
		field->place.rule = text->name ? text->name : "(none)";
		field->rule_id =
			text->id ? text->id
				 : vfg_arena_format(field->diag->arena, "%s/securityRules/%s",
						    nsg->id, field->place.rule);
		if (!field->rule_id)
			return -ENOMEM;
		err = check_rule(field, text, &draft[i]);
		if (err)
			return err;
	}
	return 0;
}

static int draft_order(const void *one, const void *two)
{
	const struct draft *a = one, *b = two;

	if (a->rule.priority != b->rule.priority)
		return a->rule.priority - b->rule.priority;
	return a->index < b->index ? -1 : a->index > b->index;
}

static struct vfg_list *list_new(struct vfg_arena *arena, const char *name, size_t room)
{
	struct vfg_list *list = vfg_arena_alloc(arena, sizeof(*list));

	if (!list)
		return NULL;
	list->name = name;
	list->rule = vfg_arena_array(arena, room, sizeof(*list->rule));
	return list->rule ? list : NULL;
}

int vfg_check_nsg(const struct vfg_check *check, const struct vfg_nsg *nsg, size_t room,
		  struct vfg_list *ret_list[VFG_DIRECTION_MAX])
{
	struct vfg_arena *arena = check->diag->arena;
	struct draft *draft = vfg_arena_array(arena, nsg->rule_count, sizeof(*draft));
	struct vfg_field field = {
		.diag = check->diag,
		.tags = check->tags,
		.groups = check->groups,
		.lenient = check->lenient,
		.effective = nsg->effective,
		.inert_empty_groups = check->inert_empty_groups,
		.place = {.file = nsg->file},
	};
	struct vfg_list *list[VFG_DIRECTION_MAX];
	int err;

	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		list[i] = list_new(arena, nsg->name, nsg->rule_count + room);
		if (!list[i])
			return -ENOMEM;
		list[i]->id = nsg->id;
		list[i]->file = nsg->file;
	}
	if (!draft)
		return -ENOMEM;
	check_name(&field, nsg->name);
	err = check_rules(&field, nsg, draft);
	if (!err)
		err = vfg_limit_check(field.diag, nsg);
	if (err)
		return err;
	qsort(draft, nsg->rule_count, sizeof(*draft), draft_order);
	for (size_t i = 0; i < nsg->rule_count; i++) {
		struct vfg_list *to = list[draft[i].rule.direction];

		if (draft[i].good)
			to->rule[to->count++] = draft[i].rule;
	}
	memcpy(ret_list, list, sizeof(list));
	return 0;
}
