/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage in front of all others: what a guest of the platform cannot live without, and what no
 * NSG can therefore take from it, unless a rule names the service's own tag.
 *
 * Source: Azure documentation, "What is IP address 168.63.129.16", 2023-03-30, and "Network
 * security groups", Azure platform considerations, 2025-07-15.
 */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "platform.h"
#include "port.h"

enum {
	TCP = 6,
	UDP = 17,
};

/* A list that grows. */
struct sheet {
	struct vfg_arena *arena;
	struct vfg_model_rule *rule;
	size_t count, room;
	uint8_t direction;
};

/* One row as people would write it: NULL addresses mean any, 0-0 ports mean all. */
struct row {
	const char *name;
	uint16_t protocol;
	uint8_t direction;
	const char *source[2];
	const char *destination[2];
	struct vfg_port_range source_port[2];
	struct vfg_port_range destination_port[2];
};

#define WIRE_SERVER VFG_TAG_WIRE_SERVER

static const struct row azure_rows[] = {
	{"platformRules/WireServer", TCP, VFG_OUTBOUND, .destination = {WIRE_SERVER},
	 .destination_port = {{80, 80}, {32526, 32526}}},
	{"platformRules/WireServer", TCP, VFG_INBOUND, .source = {WIRE_SERVER},
	 .source_port = {{80, 80}, {32526, 32526}}},
	{"platformRules/Dhcp", UDP, VFG_OUTBOUND, .destination = {WIRE_SERVER, "255.255.255.255"},
	 .destination_port = {{67, 68}}},
	{"platformRules/Dhcp", UDP, VFG_INBOUND, .source = {WIRE_SERVER},
	 .destination_port = {{67, 68}}},
};

/* On every platform: a guest that cannot renew its lease is lost. */
static const struct row dhcp_rows[] = {
	{"platformRules/Dhcp", UDP, VFG_OUTBOUND, .destination = {"0.0.0.0/0"},
	 .source_port = {{68, 68}}, .destination_port = {{67, 67}}},
	{"platformRules/Dhcp", UDP, VFG_INBOUND, .source = {"0.0.0.0/0"}, .source_port = {{67, 67}},
	 .destination_port = {{68, 68}}},
	{"platformRules/Dhcp", UDP, VFG_OUTBOUND, .destination = {"::/0"},
	 .source_port = {{546, 546}}, .destination_port = {{547, 547}}},
	{"platformRules/Dhcp", UDP, VFG_INBOUND, .source = {"::/0"}, .source_port = {{547, 547}},
	 .destination_port = {{546, 546}}},
};

/* Outbound, exempt from the NSGs unless one of their rules names the tag. */
static const struct exemption {
	const char *name;
	const char *tag;
	const char *address;
	uint16_t protocol;
	uint16_t port;
} exemptions[] = {
	{"platformRules/Dns", "AzurePlatformDNS", WIRE_SERVER, UDP, 53},
	{"platformRules/Dns", "AzurePlatformDNS", WIRE_SERVER, TCP, 53},
	{"platformRules/Imds", "AzurePlatformIMDS", VFG_TAG_METADATA, TCP, 80},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int put(struct sheet *sheet, const struct vfg_model_rule *rule)
{
	if (sheet->count == sheet->room) {
		size_t room = sheet->room ? sheet->room * 2 : 16;
		struct vfg_model_rule *more = vfg_arena_array(sheet->arena, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (sheet->count)
			memcpy(more, sheet->rule, sheet->count * sizeof(*more));
		sheet->rule = more;
		sheet->room = room;
	}
	sheet->rule[sheet->count++] = *rule;
	return 0;
}

static int addresses(struct vfg_arena *arena, const char *const text[2],
		     const struct vfg_set **ret_set)
{
	if (!text[0]) {
		*ret_set = &vfg_set_any;
		return 0;
	}
	return vfg_set_constant(arena, text, text[1] ? 2 : 1, ret_set);
}

static int ports(struct vfg_arena *arena, const struct vfg_port_range range[2],
		 struct vfg_ports *ret_ports)
{
	if (!range[0].last) {
		*ret_ports = vfg_ports_all;
		return 0;
	}
	return vfg_ports_build(arena, range, range[1].last ? 2 : 1, ret_ports);
}

static int put_rows(struct sheet *sheet, const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct vfg_model_rule rule = {
			.name = row[i].name,
			.protocol = row[i].protocol,
			.direction = row[i].direction,
			.action = VFG_ACTION_ALWAYS_ALLOW,
		};
		int err;

		if (row[i].direction != sheet->direction)
			continue;
		err = addresses(sheet->arena, row[i].source, &rule.source);
		if (!err)
			err = addresses(sheet->arena, row[i].destination, &rule.destination);
		if (!err)
			err = ports(sheet->arena, row[i].source_port, &rule.source_ports);
		if (!err)
			err = ports(sheet->arena, row[i].destination_port, &rule.destination_ports);
		if (!err)
			err = put(sheet, &rule);
		if (err)
			return err;
	}
	return 0;
}

/* What both rules match, with the second one's name and action. Return: 0, -ENOENT where that is
 * nothing, -ENOMEM. Neither rule's protocol is ANY unless the other's says better. */
static int meet(struct vfg_arena *arena, const struct vfg_model_rule *one,
		const struct vfg_model_rule *two, struct vfg_model_rule *ret_rule)
{
	struct vfg_model_rule rule = *two;
	int err;

	if (one->protocol != VFG_PROTOCOL_ANY && two->protocol != VFG_PROTOCOL_ANY &&
	    one->protocol != two->protocol)
		return -ENOENT;
	if (two->protocol == VFG_PROTOCOL_ANY)
		rule.protocol = one->protocol;
	err = vfg_set_intersect(arena, one->source, two->source, &rule.source);
	if (!err)
		err = vfg_set_intersect(arena, one->destination, two->destination,
					&rule.destination);
	if (!err)
		err = vfg_ports_intersect(arena, &one->source_ports, &two->source_ports,
					  &rule.source_ports);
	if (!err)
		err = vfg_ports_intersect(arena, &one->destination_ports, &two->destination_ports,
					  &rule.destination_ports);
	if (err)
		return err;
	if (vfg_set_is_empty(rule.source) || vfg_set_is_empty(rule.destination) ||
	    !rule.source_ports.count || !rule.destination_ports.count)
		return -ENOENT;
	*ret_rule = rule;
	return 0;
}

/*
 * How many of an NSG's rules speak of the exemption: those up to the last that denies the tag, as
 * what follows it could only allow.
 */
static size_t spoken_rules(const struct vfg_list *list, const struct vfg_set *tag)
{
	size_t count = list ? list->count : 0;

	while (count && (list->rule[count - 1].action != VFG_ACTION_DENY ||
			 list->rule[count - 1].destination != tag))
		count--;
	return count;
}

/*
 * What an NSG says of the exempt service, by its own first match and cut down to the service. Rules
 * that name the tag deny or allow it. Of the others only those that allow count: an ordinary Deny
 * never takes the service from the guest, but an Allow that covers its address, by "*" or any other
 * spelling, comes before the tag's Deny of a later priority. (Internet covers neither address.)
 */
static int gather(struct sheet *sheet, const struct vfg_list *list, const struct vfg_set *tag,
		  const struct vfg_model_rule *service)
{
	size_t count = spoken_rules(list, tag);

	for (size_t i = 0; i < count; i++) {
		const struct vfg_model_rule *said = &list->rule[i];
		struct vfg_model_rule rule;
		int err;

		if (said->destination != tag && said->action == VFG_ACTION_DENY)
			continue;
		err = meet(sheet->arena, service, said, &rule);
		if (!err)
			err = put(sheet, &rule);
		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

/* A rule that denies stays what it is; one that allows is the platform's exemption again. */
static int put_decision(struct sheet *sheet, const struct vfg_model_rule *rule,
			const struct vfg_model_rule *service)
{
	struct vfg_model_rule row = *rule;

	if (row.action != VFG_ACTION_DENY) {
		row.action = VFG_ACTION_ALWAYS_ALLOW;
		row.name = service->name;
		row.priority = 0;
	}
	return put(sheet, &row);
}

static int put_decisions(struct sheet *sheet, const struct sheet *rules,
			 const struct vfg_model_rule *within, const struct vfg_model_rule *service)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct vfg_model_rule rule;
		int err = meet(sheet->arena, within, &rules->rule[i], &rule);

		if (!err)
			err = put_decision(sheet, &rule, service);
		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

static bool denies(const struct sheet *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->rule[i].action == VFG_ACTION_DENY)
			return true;
	}
	return false;
}

/*
 * Either NSG may deny the service, each by its own first match. As one list: where the first NSG
 * denies, its rule; where it allows, the second NSG's rules within that rule, then the rule; at
 * last the second NSG's rules, for what the first does not speak of.
 */
static int put_both(struct sheet *sheet, const struct sheet *first, const struct sheet *second,
		    const struct vfg_model_rule *service)
{
	if (!denies(first) && !denies(second))
		return 0;
	for (size_t i = 0; i < first->count; i++) {
		const struct vfg_model_rule *rule = &first->rule[i];
		int err = 0;

		if (rule->action != VFG_ACTION_DENY)
			err = put_decisions(sheet, second, rule, service);
		if (!err)
			err = put_decision(sheet, rule, service);
		if (err)
			return err;
	}
	return put_decisions(sheet, second, service, service);
}

static int put_exemption(struct sheet *sheet, struct vfg_tags *tags,
			 const struct exemption *exemption, const struct vfg_list *nic,
			 const struct vfg_list *subnet)
{
	struct sheet first = {.arena = sheet->arena}, second = {.arena = sheet->arena};
	const struct vfg_port_range port = {exemption->port, exemption->port};
	const struct vfg_set *tag = NULL;
	struct vfg_model_rule service = {
		.name = exemption->name,
		.protocol = exemption->protocol,
		.direction = VFG_OUTBOUND,
		.action = VFG_ACTION_ALWAYS_ALLOW,
		.source = &vfg_set_any,
		.source_ports = vfg_ports_all,
	};
	int err;

	err = vfg_tags_resolve(tags, exemption->tag, (struct vfg_place){0}, &tag);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = vfg_set_constant(sheet->arena, &exemption->address, 1, &service.destination);
	if (!err)
		err = vfg_ports_build(sheet->arena, &port, 1, &service.destination_ports);
	if (!err)
		err = gather(&first, nic, tag, &service);
	if (!err)
		err = gather(&second, subnet, tag, &service);
	if (!err)
		err = put_both(sheet, &first, &second, &service);
	return err ? err : put(sheet, &service);
}

static int build(struct sheet *sheet, struct vfg_tags *tags, enum vfg_platform platform,
		 const struct vfg_list *nic, const struct vfg_list *subnet)
{
	int err = 0;

	if (platform == VFG_PLATFORM_AZURE)
		err = put_rows(sheet, azure_rows, COUNT(azure_rows));
	if (!err)
		err = put_rows(sheet, dhcp_rows, COUNT(dhcp_rows));
	if (platform != VFG_PLATFORM_AZURE || sheet->direction != VFG_OUTBOUND)
		return err;
	for (size_t i = 0; !err && i < COUNT(exemptions); i++)
		err = put_exemption(sheet, tags, &exemptions[i], nic, subnet);
	return err;
}

int vfg_platform_build(struct vfg_diag *diag, struct vfg_tags *tags, enum vfg_platform platform,
		       const struct vfg_list *nic, const struct vfg_list *subnet,
		       struct vfg_list *ret_list[VFG_DIRECTION_MAX])
{
	for (uint8_t direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		struct sheet sheet = {.arena = diag->arena, .direction = direction};
		struct vfg_list *list = vfg_arena_alloc(diag->arena, sizeof(*list));
		int err;

		if (!list)
			return -ENOMEM;
		err = build(&sheet, tags, platform, nic, subnet);
		if (err)
			return err;
		*list = (struct vfg_list){
			.name = "platform",
			.stage = VFG_STAGE_PLATFORM,
			.count = sheet.count,
			.rule = sheet.rule,
		};
		ret_list[direction] = list;
	}
	return 0;
}
