/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second oracle, straight from the input as people think of it: addresses are compared bit by
 * bit, the next rule is searched for by its priority, tags and groups are looked through anew for
 * each packet.
 */
#include <string.h>

#include "generate_json.h"

enum {
	ICMP = 1,
	TCP = 6,
	UDP = 17,
};

struct end {
	const uint8_t *address;
	uint16_t port;
};

struct packet {
	const struct vfg_tuple *tuple;
	struct end end[2]; /* source, destination */
};

static const uint8_t wire_server[] = {168, 63, 129, 16}, metadata[] = {169, 254, 169, 254};
static const uint8_t broadcast[] = {255, 255, 255, 255};

static bool prefixes_have(const struct sketch_prefixes *list, uint8_t family,
			  const uint8_t *address)
{
	for (size_t i = 0; i < list->count; i++) {
		if (sketch_prefix_has(&list->prefix[i], family, address))
			return true;
	}
	return false;
}

/* Publicly routed, as far as anybody says. */
static bool is_public(uint8_t family, const uint8_t *address)
{
	static const struct sketch_prefix none[] = {
		{VFG_IPV4, 8, {0}},	    {VFG_IPV4, 8, {10}},
		{VFG_IPV4, 10, {100, 64}},  {VFG_IPV4, 8, {127}},
		{VFG_IPV4, 16, {169, 254}}, {VFG_IPV4, 12, {172, 16}},
		{VFG_IPV4, 16, {192, 168}}, {VFG_IPV4, 32, {168, 63, 129, 16}},
		{VFG_IPV4, 3, {224}},
	};
	static const struct sketch_prefix global = {VFG_IPV6, 3, {0x20}};

	if (family == VFG_IPV6)
		return sketch_prefix_has(&global, family, address);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		if (sketch_prefix_has(&none[i], family, address))
			return false;
	}
	return true;
}

static bool tag_has(const struct sketch *sketch, enum sketch_tag_name tag, uint8_t family,
		    const uint8_t *address)
{
	if (tag == SKETCH_INTERNET)
		return is_public(family, address) &&
		       !prefixes_have(&sketch->tag[SKETCH_NETWORK], family, address);
	return prefixes_have(&sketch->tag[tag], family, address);
}

static bool groups_have(const struct sketch *sketch, unsigned int groups, uint8_t family,
			const uint8_t *address)
{
	for (int i = 0; i < SKETCH_NICS; i++) {
		const struct sketch_nic *nic = &sketch->nic[i];

		for (size_t j = 0; (nic->groups & groups) && j < nic->count; j++) {
			if (sketch_prefix_has(&nic->address[j], family, address))
				return true;
		}
	}
	return false;
}

static bool names_empty_group(const struct sketch *sketch, unsigned int groups)
{
	for (int i = 0; i < SKETCH_NICS; i++)
		groups &= ~sketch->nic[i].groups;
	return groups;
}

static bool side_has(const struct sketch *sketch, const struct sketch_side *side, uint8_t family,
		     const uint8_t *address)
{
	switch (side->kind) {
	case SKETCH_ANY:
		return true;
	case SKETCH_LIST:
		return prefixes_have(&side->list, family, address);
	case SKETCH_TAG:
		return tag_has(sketch, side->tag, family, address);
	case SKETCH_GROUP:
		if (sketch->inert && names_empty_group(sketch, side->groups))
			return false;
		return groups_have(sketch, side->groups, family, address);
	}
	return false;
}

static bool ports_have(const struct sketch_ports *ports, uint32_t port)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (port >= ports->range[i].first && port <= ports->range[i].last)
			return true;
	}
	return !ports->count;
}

/* All are covered if the first is, and whatever follows the end of a range. */
static bool ports_are_all(const struct sketch_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++) {
		uint16_t last = ports->range[i].last;

		if (last < 65535 && !ports_have(ports, last + 1u))
			return false;
	}
	return ports_have(ports, 0);
}

static bool rule_matches(const struct sketch *sketch, const struct sketch_rule *rule,
			 const struct packet *packet)
{
	uint8_t protocol = packet->tuple->protocol, family = packet->tuple->family;
	bool has_ports = protocol == TCP || protocol == UDP;

	if (rule->direction != packet->tuple->direction)
		return false;
	if (rule->protocol != SKETCH_PROTOCOL_ANY && rule->protocol != protocol)
		return false;
	if (rule->protocol == ICMP && family == VFG_IPV6)
		return false;
	for (int side = 0; side < 2; side++) {
		const struct end *end = &packet->end[side];

		if (!side_has(sketch, &rule->side[side], family, end->address))
			return false;
		if (has_ports && !ports_have(&rule->ports[side], end->port))
			return false;
		if (!has_ports && rule->protocol == SKETCH_PROTOCOL_ANY &&
		    !ports_are_all(&rule->ports[side]))
			return false;
	}
	return true;
}

/* The rule of least priority that matches. @exempt: of the rules that speak of this tag, which are
 * those that allow, and those that deny the tag by its name; SKETCH_TAGS: of all. */
static const struct sketch_rule *first_match(const struct sketch *sketch,
					     const struct sketch_list *list,
					     const struct packet *packet,
					     enum sketch_tag_name exempt)
{
	const struct sketch_rule *best = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct sketch_rule *rule = &list->rule[i];
		bool named = rule->side[1].kind == SKETCH_TAG && rule->side[1].tag == exempt;

		if (exempt != SKETCH_TAGS && rule->action == VFG_ACTION_DENY && !named)
			continue;
		if (rule_matches(sketch, rule, packet) &&
		    (!best || rule->priority < best->priority))
			best = rule;
	}
	return best;
}

static struct sketch_verdict by_rule(const struct sketch_rule *rule, enum vfg_stage stage)
{
	return (struct sketch_verdict){
		.allow = rule->action != VFG_ACTION_DENY,
		.stage = stage,
		.kind = stage == VFG_STAGE_ADMIN ? NULL : "securityRules",
		.name = rule->name,
		.rule = rule,
	};
}

static struct sketch_verdict by_platform(const char *name)
{
	return (struct sketch_verdict){true, VFG_STAGE_PLATFORM, "platformRules", name, NULL,
				       false};
}

static struct sketch_verdict by_default(const struct sketch *sketch, enum vfg_stage stage,
					const struct packet *packet)
{
	struct sketch_verdict verdict = {true, stage, "defaultSecurityRules", NULL, NULL, false};
	uint8_t family = packet->tuple->family;
	const uint8_t *source = packet->end[0].address, *destination = packet->end[1].address;
	bool inbound = packet->tuple->direction == VFG_INBOUND;

	if (tag_has(sketch, SKETCH_NETWORK, family, source) &&
	    tag_has(sketch, SKETCH_NETWORK, family, destination)) {
		verdict.name = inbound ? "AllowVnetInBound" : "AllowVnetOutBound";
	} else if (inbound && tag_has(sketch, SKETCH_BALANCER, family, source)) {
		verdict.name = "AllowAzureLoadBalancerInBound";
	} else if (!inbound && tag_has(sketch, SKETCH_INTERNET, family, destination)) {
		verdict.name = "AllowInternetOutBound";
	} else {
		verdict.allow = false;
		verdict.name = inbound ? "DenyAllInBound" : "DenyAllOutBound";
	}
	return verdict;
}

static bool is(const struct packet *packet, int side, const uint8_t address[4])
{
	return packet->tuple->family == VFG_IPV4 && !memcmp(packet->end[side].address, address, 4);
}

static bool is_dhcp(const struct sketch *sketch, const struct packet *packet)
{
	bool inbound = packet->tuple->direction == VFG_INBOUND;
	uint16_t from = packet->end[0].port, to = packet->end[1].port;
	uint16_t client = packet->tuple->family == VFG_IPV4 ? 68 : 546;
	uint16_t server = packet->tuple->family == VFG_IPV4 ? 67 : 547;
	bool azure = sketch->platform == VFG_PLATFORM_AZURE && (to == 67 || to == 68);

	if (packet->tuple->protocol != UDP)
		return false;
	if (azure && inbound && is(packet, 0, wire_server))
		return true;
	if (azure && !inbound && (is(packet, 1, wire_server) || is(packet, 1, broadcast)))
		return true;
	return inbound ? from == server && to == client : from == client && to == server;
}

static bool is_wire_server(const struct packet *packet)
{
	int far = packet->tuple->direction == VFG_INBOUND ? 0 : 1;
	uint16_t port = packet->end[far].port;

	return packet->tuple->protocol == TCP && is(packet, far, wire_server) &&
	       (port == 80 || port == 32526);
}

/* DNS or IMDS, which a rule can only take away by naming it. Return: is it one of them? */
static bool judge_service(const struct sketch *sketch, const struct packet *packet,
			  struct sketch_verdict *ret_verdict)
{
	static const enum vfg_stage order[] = {VFG_STAGE_NIC, VFG_STAGE_SUBNET};
	uint8_t protocol = packet->tuple->protocol;
	uint16_t port = packet->end[1].port;
	bool dns = is(packet, 1, wire_server) && port == 53 && (protocol == TCP || protocol == UDP);
	bool imds = is(packet, 1, metadata) && port == 80 && protocol == TCP;

	if (packet->tuple->direction != VFG_OUTBOUND || (!dns && !imds))
		return false;
	for (int i = 0; i < 2; i++) {
		const struct sketch_rule *rule = first_match(
			sketch, &sketch->list[order[i]], packet, dns ? SKETCH_DNS : SKETCH_IMDS);

		if (!rule || rule->action != VFG_ACTION_DENY)
			continue;
		*ret_verdict = by_rule(rule, VFG_STAGE_PLATFORM);
		return true;
	}
	*ret_verdict = by_platform(dns ? "Dns" : "Imds");
	return true;
}

struct sketch_verdict sketch_judge(const struct sketch *sketch, const struct vfg_tuple *tuple)
{
	bool inbound = tuple->direction == VFG_INBOUND,
	     azure = sketch->platform == VFG_PLATFORM_AZURE;
	const struct end local = {tuple->local, tuple->local_port};
	const struct end remote = {tuple->remote, tuple->remote_port};
	const struct packet packet = {tuple, {inbound ? remote : local, inbound ? local : remote}};
	const enum vfg_stage order[] = {VFG_STAGE_ADMIN, inbound ? VFG_STAGE_SUBNET : VFG_STAGE_NIC,
					inbound ? VFG_STAGE_NIC : VFG_STAGE_SUBNET};
	struct sketch_verdict verdict = {0};
	bool passed_on = false;

	if (azure && is_wire_server(&packet))
		return by_platform("WireServer");
	if (is_dhcp(sketch, &packet))
		return by_platform("Dhcp");
	if (azure && judge_service(sketch, &packet, &verdict))
		return verdict;
	for (int i = 0; i < 3; i++) {
		const struct sketch_list *list = &sketch->list[order[i]];
		const struct sketch_rule *rule = first_match(sketch, list, &packet, SKETCH_TAGS);

		if (!list->given || (order[i] == VFG_STAGE_ADMIN && !rule))
			continue;
		verdict = rule ? by_rule(rule, order[i]) : by_default(sketch, order[i], &packet);
		verdict.passed_on = passed_on;
		if (!verdict.allow || (rule && rule->action == VFG_ACTION_ALWAYS_ALLOW))
			return verdict;
		passed_on |= order[i] == VFG_STAGE_ADMIN;
	}
	return verdict;
}
