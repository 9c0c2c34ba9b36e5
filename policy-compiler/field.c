/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address and port fields of a rule, from texts to sets. Error codes and texts are the
 * platform's where it has one, so that people find them in its documentation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "field.h"
#include "port.h"

/* A prefix as it was written. */
struct literal {
	struct vfg_prefix prefix;
	const char *text;
};

bool vfg_field_is_any(const char *text)
{
	return !strcmp(text, "*") || !strcasecmp(text, "Any");
}

static void warn_any(struct vfg_field *field, const char *text)
{
	if (strcmp(text, "*"))
		vfg_diag_add(field->diag, VFG_WARNING, field->place, "ClientSideWord",
			     "%s is the portal's word: taken as *", text);
}

/* Either singular or plural. Return: is there anything to check? */
static bool is_single_or_list(struct vfg_field *field, const struct vfg_nsg_value *value,
			      const struct vfg_nsg_property_name *name, const char *groups)
{
	if (value->malformed)
		return false;
	if (value->single && value->count) {
		vfg_diag_add(field->diag, VFG_ERROR, field->place,
			     "SecurityRuleBothSingularAndPlural",
			     "both %s and %s are given: only one may be", name->single, name->list);
		return false;
	}
	if (!value->single && !value->count) {
		vfg_diag_add(field->diag, VFG_ERROR, field->place, "SecurityRuleParametersMissing",
			     "Required security rule parameters are missing for security rule with "
			     "Id: %s. Security rule must specify %s%s %s%s.",
			     field->rule_id, name->messages, groups ? "," : " or", name->message,
			     groups ? groups : "");
		return false;
	}
	return true;
}

/* The members of one side's groups. Return: 0, also with errors in @diag; -ENOMEM. */
static int group_addresses(struct vfg_field *field, const struct vfg_nsg_value *value,
			   const struct vfg_nsg_groups *groups, bool source,
			   const struct vfg_set **ret_set)
{
	const char *name =
		source ? "sourceApplicationSecurityGroups" : "destinationApplicationSecurityGroups";
	size_t errors = field->diag->errors;
	int err;

	field->place.field = name;
	if (groups->count > VFG_GROUPS_PER_SIDE_MAX)
		vfg_diag_add(
			field->diag, VFG_ERROR, field->place,
			"NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached",
			"A security rule may have up to %d Application Security Group in the "
			"source or destination fields. The requested configuration has %zu in "
			"the %s field.",
			VFG_GROUPS_PER_SIDE_MAX, groups->count, name);
	if (value->single || value->count)
		vfg_diag_add(
			field->diag, VFG_ERROR, field->place, "SecurityRuleBothSingularAndPlural",
			"both address prefixes and application security groups are given: only "
			"one may be");
	err = vfg_groups_resolve(field->groups, groups->id, groups->count, field->place,
				 field->inert_empty_groups, ret_set);
	if (field->diag->errors != errors)
		*ret_set = NULL;
	return err == -ENOMEM ? err : 0;
}

int vfg_field_prefix(struct vfg_field *field, const char *text, struct vfg_prefix *ret_prefix)
{
	struct vfg_prefix prefix;

	if (vfg_prefix_parse(text, &prefix)) {
		vfg_diag_add(field->diag, VFG_ERROR, field->place,
			     "SecurityRuleInvalidAddressPrefix",
			     "Security rule %s has invalid Address prefix. Value provided: %s",
			     field->rule_id, text);
		return -EINVAL;
	}
	if (prefix.host_bits && !field->lenient && !field->effective) {
		vfg_diag_add(
			field->diag, VFG_ERROR, field->place, "SecurityRuleInvalidAddressPrefix",
			"Security rule %s has invalid Address prefix. Value provided: %s (bits "
			"are set beyond the length; --lenient masks them)",
			field->rule_id, text);
		return -EINVAL;
	}
	if (prefix.host_bits && !field->effective)
		vfg_diag_add(field->diag, VFG_WARNING, field->place,
			     "SecurityRuleInvalidAddressPrefix",
			     "%s has bits set beyond its length: masked", text);
	*ret_prefix = prefix;
	return 0;
}

static int single_address(struct vfg_field *field, const char *text, const struct vfg_set **ret_set,
			  unsigned int *ret_families)
{
	struct vfg_prefix prefix;
	int err;

	if (vfg_field_is_any(text)) {
		warn_any(field, text);
		*ret_set = &vfg_set_any;
		return 0;
	}
	if (vfg_tag_is_name(text)) {
		err = vfg_tags_resolve(field->tags, text, field->place, ret_set);
		return err == -ENOENT ? 0 : err;
	}
	if (vfg_field_prefix(field, text, &prefix))
		return 0;
	*ret_families = 1u << prefix.family;
	return vfg_set_build(field->diag->arena, &prefix, 1, ret_set);
}

static int literal_order(const void *one, const void *two)
{
	const struct literal *a = one, *b = two;

	if (a->prefix.family != b->prefix.family)
		return a->prefix.family - b->prefix.family;
	if (a->prefix.address != b->prefix.address)
		return a->prefix.address < b->prefix.address ? -1 : 1;
	return a->prefix.length - b->prefix.length;
}

/* Two prefixes are apart or one holds the other, so in order each one meets only the last outer. */
static bool overlaps(struct vfg_field *field, struct literal *literal, size_t count,
		     const char *property)
{
	const struct literal *outer = literal;
	bool found = false;

	if (field->effective)
		return false;
	qsort(literal, count, sizeof(*literal), literal_order);
	for (size_t i = 1; i < count; i++) {
		struct vfg_address_range range = vfg_prefix_range(&outer->prefix);

		if (literal[i].prefix.family != outer->prefix.family ||
		    literal[i].prefix.address > range.last) {
			outer = &literal[i];
			continue;
		}
		found = true;
		vfg_diag_add(field->diag, field->lenient ? VFG_WARNING : VFG_ERROR, field->place,
			     "OverlappingSubnetsNotPermittedInSecurityRule",
			     "Security rule parameter %s for rule with Id %s contains overlapping "
			     "subnets [%s, %s], which is %s.",
			     property, field->rule_id, outer->text, literal[i].text,
			     field->lenient ? "taken as one" : "not permitted");
	}
	return found && !field->lenient;
}

/*
 * "*" or a tag in a plural address field: the platform takes them alone, in the singular field. The
 * lenient reading is what the rule was meant to say, the sum of all. Return: 0, also with errors in
 * @diag, @ret_set untouched then; -ENOMEM.
 */
static int list_word(struct vfg_field *field, const char *text, const char *property,
		     const struct vfg_set **ret_set)
{
	int err;

	if (!field->effective)
		vfg_diag_add(
			field->diag, field->lenient ? VFG_WARNING : VFG_ERROR, field->place,
			"SecurityRuleParameterContainsUnsupportedValue",
			"Security rule parameter %s for rule with Id %s cannot specify existing "
			"VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. "
			"Unsupported "
			"value used: %s.%s",
			property, field->rule_id, text,
			field->lenient ? " It is added to the others." : "");
	if (!field->lenient && !field->effective)
		return 0;
	if (vfg_field_is_any(text)) {
		*ret_set = &vfg_set_any;
		return 0;
	}
	err = vfg_tags_resolve(field->tags, text, field->place, ret_set);
	return err == -ENOENT ? 0 : err;
}

/* A plural address field on its way: what is written out, and the sets of what is not. */
struct address_list {
	size_t literals, sets;
	struct literal *literal;
	const struct vfg_set **set;
};

/* Return: 0 or -ENOMEM; what is in error is not added. */
static int list_element(struct vfg_field *field, const char *text, const char *property,
			struct address_list *list)
{
	struct literal *literal = &list->literal[list->literals];
	int err;

	if (!vfg_field_is_any(text) && !vfg_tag_is_name(text)) {
		literal->text = text;
		list->literals += !vfg_field_prefix(field, text, &literal->prefix);
		return 0;
	}
	err = list_word(field, text, property, &list->set[list->sets]);
	list->sets += list->set[list->sets] != NULL;
	return err;
}

/* The sum of an address list that is in order. */
static int list_sum(struct vfg_arena *arena, struct address_list *list,
		    const struct vfg_set **ret_set)
{
	struct vfg_prefix *prefix = vfg_arena_array(arena, list->literals, sizeof(*prefix));
	int err;

	if (!prefix)
		return -ENOMEM;
	for (size_t i = 0; i < list->literals; i++)
		prefix[i] = list->literal[i].prefix;
	if (list->literals) {
		err = vfg_set_build(arena, prefix, list->literals, &list->set[list->sets]);
		if (err)
			return err;
		list->sets++;
	}
	return vfg_set_union(arena, list->set, list->sets, ret_set);
}

static int list_addresses(struct vfg_field *field, const struct vfg_nsg_value *value,
			  const char *property, const struct vfg_set **ret_set,
			  unsigned int *ret_families)
{
	struct vfg_arena *arena = field->diag->arena;
	struct address_list list = {
		.literal = vfg_arena_array(arena, value->count, sizeof(*list.literal)),
		.set = vfg_arena_array(arena, value->count + 1, sizeof(*list.set)),
	};
	bool apart;

	if (!list.literal || !list.set)
		return -ENOMEM;
	for (size_t i = 0; i < value->count; i++) {
		int err = list_element(field, value->list[i], property, &list);

		if (err)
			return err;
	}
	for (size_t i = 0; i < list.literals; i++)
		*ret_families |= 1u << list.literal[i].prefix.family;
	apart = !overlaps(field, list.literal, list.literals, property);
	if (list.literals + list.sets < value->count || !apart)
		return 0;
	return list_sum(arena, &list, ret_set);
}

int vfg_field_addresses(struct vfg_field *field, const struct vfg_nsg_rule *rule,
			enum vfg_nsg_property side, const struct vfg_set **ret_set,
			unsigned int *ret_families)
{
	const struct vfg_nsg_property_name *name = &vfg_nsg_property_name[side];
	const struct vfg_nsg_value *value = &rule->value[side];
	bool source = side == VFG_NSG_SOURCE_ADDRESS;

	*ret_set = NULL;
	*ret_families = 0;
	/* Both sides together, so once: with the second. */
	if (!source) {
		field->place.field = NULL;
		vfg_groups_check_network(field->groups, rule, field->place, field->rule_id);
	}
	if (rule->groups[source ? 0 : 1].count)
		return group_addresses(field, value, &rule->groups[source ? 0 : 1], source,
				       ret_set);
	field->place.field = value->count ? name->list : name->single;
	if (!is_single_or_list(field, value, name,
			       source ? ", or SourceApplicationSecurityGroups"
				      : ", or DestinationApplicationSecurityGroups"))
		return 0;
	if (value->single)
		return single_address(field, value->single, ret_set, ret_families);
	return list_addresses(field, value, name->message, ret_set, ret_families);
}

void vfg_field_bad_port(struct vfg_field *field, const char *property, const char *text)
{
	vfg_diag_add(
		field->diag, VFG_ERROR, field->place,
		"SecurityRuleParameterContainsInvalidPortRanges",
		"Security rule parameter %s for rule with Id %s contains an invalid port range. "
		"Value provided: %s. Value should be an integer OR integer range with '-' "
		"delimiter. Valid range 0-65535.",
		property, field->rule_id, text);
}

static int list_ports(struct vfg_field *field, const struct vfg_nsg_value *value,
		      const char *property, struct vfg_ports *ret_ports)
{
	struct vfg_port_range *range =
		vfg_arena_array(field->diag->arena, value->count, sizeof(*range));
	size_t kept = 0;

	if (!range)
		return -ENOMEM;
	for (size_t i = 0; i < value->count; i++) {
		if (!vfg_port_parse(value->list[i], &range[kept]))
			kept++;
		else
			vfg_field_bad_port(field, property, value->list[i]);
	}
	if (kept < value->count)
		return 0;
	return vfg_ports_build(field->diag->arena, range, kept, ret_ports);
}

int vfg_field_ports(struct vfg_field *field, const struct vfg_nsg_rule *rule,
		    enum vfg_nsg_property side, struct vfg_ports *ret_ports)
{
	const struct vfg_nsg_property_name *name = &vfg_nsg_property_name[side];
	const struct vfg_nsg_value *value = &rule->value[side];
	struct vfg_port_range range;

	*ret_ports = (struct vfg_ports){0};
	field->place.field = value->count ? name->list : name->single;
	if (!is_single_or_list(field, value, name, NULL))
		return 0;
	if (!value->single)
		return list_ports(field, value, name->messages, ret_ports);
	if (vfg_field_is_any(value->single)) {
		warn_any(field, value->single);
		*ret_ports = vfg_ports_all;
		return 0;
	}
	if (!vfg_port_parse(value->single, &range))
		return vfg_ports_build(field->diag->arena, &range, 1, ret_ports);
	vfg_diag_add(field->diag, VFG_ERROR, field->place, "SecurityRuleInvalidPortRange",
		     "Security rule has invalid Port range. Value provided: %s. Value should be an "
		     "integer OR integer range with '-' delimiter. Valid range 0-65535.",
		     value->single);
	return 0;
}
