/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NSGs and security admin rules as text: the REST API's shape and the flattened one of the command
 * line tools, singular and plural fields, any envelope.
 */
#include "write_rule.h"

#define ID_OF                                                                                      \
	"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/r/providers/"          \
	"Microsoft.Network/"

static void put_group(struct writer *writer, int group)
{
	char id[160];

	snprintf(id, sizeof(id), ID_OF "applicationSecurityGroups/group%d", group);
	writer_open(writer, '{');
	writer_key(writer, "id");
	writer_word(writer, id);
	writer_close(writer, '}');
}

void writer_groups(struct writer *writer, const char *name, unsigned int groups)
{
	writer_key(writer, name);
	writer_open(writer, '[');
	for (int i = 0; i < SKETCH_GROUPS; i++) {
		if (groups & 1u << i)
			put_group(writer, i);
	}
	writer_close(writer, ']');
}

static void put_side(struct writer *writer, int index, const struct sketch_side *side)
{
	static const char *const name[2][3] = {
		{"sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"},
		{"destinationAddressPrefix", "destinationAddressPrefixes",
		 "destinationApplicationSecurityGroups"},
	};
	bool one = side->kind == SKETCH_ANY || side->kind == SKETCH_TAG ||
		   (side->list.count == 1 && vfg_random_below(writer->random, 2));
	char line[64];

	if (side->kind == SKETCH_GROUP) {
		writer_unused(writer, name[index][0], false);
		writer_unused(writer, name[index][1], true);
		writer_groups(writer, name[index][2], side->groups);
		return;
	}
	writer_unused(writer, name[index][one ? 1 : 0], one);
	writer_key(writer, name[index][one ? 0 : 1]);
	if (side->kind == SKETCH_ANY)
		writer_text(writer, vfg_random_below(writer->random, 8) ? "*" : "Any");
	else if (side->kind == SKETCH_TAG)
		writer_word(writer, sketch_tag_name[side->tag]);
	else if (one)
		writer_text(writer, writer_print_prefix(writer, &side->list.prefix[0], line));
	else
		writer_prefixes(writer, &side->list);
}

static void put_ports(struct writer *writer, int index, const struct sketch_ports *ports)
{
	static const char *const name[2][2] = {{"sourcePortRange", "sourcePortRanges"},
					       {"destinationPortRange", "destinationPortRanges"}};
	bool one = ports->count == 0 || (ports->count == 1 && vfg_random_below(writer->random, 2));
	char line[16];

	writer_unused(writer, name[index][one ? 1 : 0], one);
	writer_key(writer, name[index][one ? 0 : 1]);
	if (!ports->count)
		writer_text(writer, vfg_random_below(writer->random, 2) ? "*" : "0-65535");
	else if (one)
		writer_text(writer, writer_print_range(writer, &ports->range[0], line));
	else
		writer_ranges(writer, ports);
}

static const char *protocol_name(int protocol, const char *any)
{
	switch (protocol) {
	case 1:
		return "Icmp";
	case 6:
		return "Tcp";
	case 17:
		return "Udp";
	case 50:
		return "Esp";
	case 51:
		return "Ah";
	}
	return any;
}

static void put_head(struct writer *writer, const struct sketch_rule *rule, const char *any)
{
	static const char *const access[] = {"Deny", "Allow", "AlwaysAllow"};

	writer_key(writer, "protocol");
	writer_word(writer, protocol_name(rule->protocol, any));
	writer_key(writer, "access");
	writer_word(writer, access[rule->action]);
	writer_key(writer, "direction");
	writer_word(writer, rule->direction == VFG_INBOUND ? "Inbound" : "Outbound");
	writer_key(writer, "priority");
	writer_separate(writer);
	fprintf(writer->stream, vfg_random_below(writer->random, 4) ? "%u" : "\"%u\"",
		rule->priority);
}

void writer_name(struct writer *writer, const char *parent, const char *name)
{
	char id[200];

	snprintf(id, sizeof(id), ID_OF "%s/%s", parent, name);
	writer_member(writer, "name", name);
	writer_member(writer, "id", id);
}

static void put_rule(struct writer *writer, const char *nsg, const struct sketch_rule *rule)
{
	char parent[64];

	snprintf(parent, sizeof(parent), "networkSecurityGroups/%s/securityRules", nsg);
	writer_open(writer, '{');
	writer_name(writer, parent, rule->name);
	writer_open_properties(writer);
	for (int side = 0; side < 2; side++) {
		put_side(writer, side, &rule->side[side]);
		put_ports(writer, side, &rule->ports[side]);
	}
	put_head(writer, rule, "*");
	writer_close_properties(writer);
	writer_close(writer, '}');
}

static void put_rules(struct writer *writer, const struct sketch_list *list)
{
	writer_open(writer, '[');
	for (size_t i = 0; i < list->count; i++)
		put_rule(writer, list->name, &list->rule[i]);
	writer_close(writer, ']');
}

static void put_nsg(struct writer *writer, const struct sketch_list *list)
{
	writer_open(writer, '{');
	writer_name(writer, "networkSecurityGroups", list->name);
	if (vfg_random_below(writer->random, 2))
		writer_member(writer, "type", "Microsoft.Network/networkSecurityGroups");
	writer_open_properties(writer);
	writer_key(writer, "securityRules");
	put_rules(writer, list);
	writer_close_properties(writer);
	writer_close(writer, '}');
}

void writer_nsg(struct writer *writer, const struct sketch_list *list)
{
	uint32_t envelope = vfg_random_below(writer->random, list->count ? 5 : 4);
	bool object = envelope == 1 || envelope == 2;

	if (envelope == 4) {
		put_rules(writer, list);
		return;
	}
	if (object) {
		writer_open(writer, '{');
		writer_key(writer, envelope == 1 ? "value" : "NewNSG");
	}
	if (envelope == 1 || envelope == 3)
		writer_open(writer, '[');
	put_nsg(writer, list);
	if (envelope == 1 || envelope == 3)
		writer_close(writer, ']');
	if (object)
		writer_close(writer, '}');
}

/* What applies to a side of a security admin rule; every address may also be said by nothing. */
static void put_admin_side(struct writer *writer, const char *name, const struct sketch_side *side)
{
	size_t count = side->kind == SKETCH_LIST ? side->list.count : 1;
	char line[64];

	if (side->kind == SKETCH_ANY && vfg_random_below(writer->random, 2)) {
		writer_unused(writer, name, true);
		return;
	}
	writer_key(writer, name);
	writer_open(writer, '[');
	for (size_t i = 0; i < count; i++) {
		const char *type = side->kind == SKETCH_TAG ? "ServiceTag" : "IPPrefix";
		const char *text =
			side->kind == SKETCH_TAG ? sketch_tag_name[side->tag]
			: side->kind == SKETCH_ANY
				? "*"
				: writer_print_prefix(writer, &side->list.prefix[i], line);

		writer_open(writer, '{');
		writer_member(writer, "addressPrefixType", type);
		writer_member(writer, "addressPrefix", text);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void put_admin_ports(struct writer *writer, const char *name,
			    const struct sketch_ports *ports)
{
	static const struct sketch_ports all = {1, {{0, 65535}}};

	writer_key(writer, name);
	writer_ranges(writer, ports->count ? ports : &all);
}

static void put_admin_rule(struct writer *writer, const struct sketch_rule *rule)
{
	writer_open(writer, '{');
	writer_name(writer,
		    "networkManagers/m/securityAdminConfigurations/c/ruleCollections/rc/rules",
		    rule->name);
	writer_member(writer, "type",
		      "Microsoft.Network/networkManagers/securityAdminConfigurations/"
		      "ruleCollections/rules");
	writer_member(writer, "kind", "Custom");
	writer_open_properties(writer);
	put_admin_side(writer, "sources", &rule->side[0]);
	put_admin_side(writer, "destinations", &rule->side[1]);
	put_admin_ports(writer, "sourcePortRanges", &rule->ports[0]);
	put_admin_ports(writer, "destinationPortRanges", &rule->ports[1]);
	put_head(writer, rule, "Any");
	writer_close_properties(writer);
	writer_close(writer, '}');
}

void writer_admin(struct writer *writer, const struct sketch_list *list)
{
	writer_open(writer, '{');
	writer_key(writer, "value");
	writer_open(writer, '[');
	for (size_t i = 0; i < list->count; i++)
		put_admin_rule(writer, &list->rule[i]);
	writer_close(writer, ']');
	writer_close(writer, '}');
}
