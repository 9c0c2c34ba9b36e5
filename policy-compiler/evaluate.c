/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: judges a packet straight from the rules, one after the other, in the plainest way.
 * Slow on purpose, and shares nothing with the compiled tables that are tested against it.
 */
#include "model.h"

enum {
	ICMP = 1,
	TCP = 6,
	UDP = 17,
};

/* The packet as a rule sees it. */
struct packet {
	uint8_t family;
	uint8_t protocol;
	vfg_u128 source, destination;
	uint16_t source_port, destination_port;
};

static vfg_u128 number(const uint8_t *byte, uint8_t family)
{
	vfg_u128 address = 0;

	for (int i = 0; i < (family == VFG_IPV4 ? 4 : 16); i++)
		address = address << 8 | byte[i];
	return address;
}

/* Inbound, the remote end is the source. */
static struct packet packet_of(const struct vfg_tuple *tuple)
{
	vfg_u128 local = number(tuple->local, tuple->family);
	vfg_u128 remote = number(tuple->remote, tuple->family);
	bool inbound = tuple->direction == VFG_INBOUND;

	return (struct packet){
		.family = tuple->family,
		.protocol = tuple->protocol,
		.source = inbound ? remote : local,
		.destination = inbound ? local : remote,
		.source_port = inbound ? tuple->remote_port : tuple->local_port,
		.destination_port = inbound ? tuple->local_port : tuple->remote_port,
	};
}

static bool set_has(const struct vfg_set *set, uint8_t family, vfg_u128 address)
{
	if (set->any)
		return true;
	for (size_t i = 0; i < set->count[family]; i++) {
		if (address >= set->range[family][i].first && address <= set->range[family][i].last)
			return true;
	}
	return false;
}

static bool ports_have(const struct vfg_ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (port >= ports->range[i].first && port <= ports->range[i].last)
			return true;
	}
	return false;
}

/* Ranges are disjoint, so their sizes tell. */
static bool ports_are_all(const struct vfg_ports *ports)
{
	uint32_t total = 0;

	for (size_t i = 0; i < ports->count; i++)
		total += (uint32_t)(ports->range[i].last - ports->range[i].first) + 1;
	return total == 65536;
}

/* Only TCP and UDP have ports. A rule for any protocol that names some means only those two. */
static bool ports_match(const struct vfg_model_rule *rule, const struct packet *packet)
{
	if (packet->protocol == TCP || packet->protocol == UDP)
		return ports_have(&rule->source_ports, packet->source_port) &&
		       ports_have(&rule->destination_ports, packet->destination_port);
	if (rule->protocol == VFG_PROTOCOL_ANY)
		return ports_are_all(&rule->source_ports) &&
		       ports_are_all(&rule->destination_ports);
	return true;
}

static bool protocol_matches(const struct vfg_model_rule *rule, const struct packet *packet)
{
	if (rule->protocol == VFG_PROTOCOL_ANY)
		return true;
	if (rule->protocol == ICMP && packet->family != VFG_IPV4)
		return false;
	return rule->protocol == packet->protocol;
}

static bool matches(const struct vfg_model_rule *rule, const struct packet *packet)
{
	return protocol_matches(rule, packet) &&
	       set_has(rule->source, packet->family, packet->source) &&
	       set_has(rule->destination, packet->family, packet->destination) &&
	       ports_match(rule, packet);
}

static const struct vfg_model_rule *first_match(const struct vfg_list *list,
						const struct packet *packet)
{
	for (size_t i = 0; i < list->count; i++) {
		if (matches(&list->rule[i], packet))
			return &list->rule[i];
	}
	return NULL;
}

/*
 * Platform and admin lists may be silent, and leave the packet to the next. An NSG ends in a rule
 * for everything: where one has none that matches, the policy is incomplete, and denies.
 */
struct vfg_verdict vfg_model_judge(const struct vfg_model *model, const struct vfg_tuple *tuple)
{
	const struct vfg_pipeline *pipeline = &model->pipeline[tuple->direction];
	const struct packet packet = packet_of(tuple);
	const struct vfg_verdict none = {
		.allow = false,
		.rule = "",
		.list = "",
		.number = VFG_RULE_NONE,
	};
	struct vfg_verdict verdict = none;

	for (size_t i = 0; i < pipeline->count; i++) {
		const struct vfg_list *list = pipeline->list[i];
		const struct vfg_model_rule *rule = first_match(list, &packet);

		if (!rule && (list->stage == VFG_STAGE_SUBNET || list->stage == VFG_STAGE_NIC))
			return none;
		if (!rule)
			continue;
		verdict.allow = rule->action != VFG_ACTION_DENY;
		verdict.rule = rule->name;
		verdict.list = list->name;
		verdict.stage = list->stage;
		if (rule->action != VFG_ACTION_ALLOW)
			return verdict;
	}
	return verdict;
}
