/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random packets: each takes its fields from the edges of rules of one policy, mostly of one rule,
 * so that it is a near hit or a near miss.
 */
#include <linux/in.h>

#include "generate.h"

static const struct vfg_model_rule *random_rule(struct vfg_random *random,
						const struct vfg_pipeline *pipeline)
{
	const struct vfg_list *list;

	if (!pipeline->count)
		return NULL;
	list = pipeline->list[vfg_random_below(random, (uint32_t)pipeline->count)];
	return &list->rule[vfg_random_below(random, (uint32_t)list->count)];
}

/* A number at, beside or inside a range. */
static vfg_u128 near(struct vfg_random *random, vfg_u128 first, vfg_u128 last)
{
	vfg_u128 any = (vfg_u128)vfg_random_next(random) << 64 | vfg_random_next(random);
	vfg_u128 size = last - first + 1; /* 0: the whole line */

	switch (vfg_random_below(random, 6)) {
	case 0:
		return first;
	case 1:
		return last;
	case 2:
		return first - 1;
	case 3:
		return last + 1;
	}
	return size ? first + any % size : any;
}

static vfg_u128 random_address(struct vfg_random *random, const struct vfg_set *set,
			       enum vfg_family family)
{
	const struct vfg_address_range *range;

	if (!set || set->any || !set->count[family])
		return near(random, 0, ~(vfg_u128)0);
	range = &set->range[family][vfg_random_below(random, (uint32_t)set->count[family])];
	return near(random, range->first, range->last);
}

static uint16_t random_port(struct vfg_random *random, const struct vfg_ports *ports)
{
	const struct vfg_port_range *range;

	if (!ports || !ports->count)
		return (uint16_t)vfg_random_next(random);
	range = &ports->range[vfg_random_below(random, (uint32_t)ports->count)];
	return (uint16_t)near(random, range->first, range->last);
}

static uint8_t random_protocol(struct vfg_random *random, const struct vfg_model_rule *rule)
{
	static const uint8_t usual[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_ICMP,
		58,	     IPPROTO_ESP, IPPROTO_AH,  IPPROTO_GRE, 0};

	if (rule && rule->protocol != VFG_PROTOCOL_ANY && vfg_random_below(random, 4))
		return (uint8_t)rule->protocol;
	if (vfg_random_below(random, 20) == 0)
		return (uint8_t)vfg_random_next(random);
	return usual[vfg_random_below(random, sizeof(usual))];
}

/* IPv4 in the first four bytes, from the number's lower 32 bits. */
static void write_address(uint8_t *bytes, vfg_u128 address, enum vfg_family family)
{
	int count = family == VFG_IPV4 ? 4 : 16;

	for (int i = 0; i < count; i++)
		bytes[i] = (uint8_t)(address >> (8 * (count - 1 - i)));
}

/* The family that a rule's addresses are of, mostly. */
static enum vfg_family random_family(struct vfg_random *random, const struct vfg_model_rule *rule)
{
	bool ipv4 = rule && (rule->source->count[VFG_IPV4] || rule->destination->count[VFG_IPV4]);
	bool ipv6 = rule && (rule->source->count[VFG_IPV6] || rule->destination->count[VFG_IPV6]);

	if (ipv4 != ipv6 && vfg_random_below(random, 10))
		return ipv6 ? VFG_IPV6 : VFG_IPV4;
	return vfg_random_below(random, 2) ? VFG_IPV6 : VFG_IPV4;
}

struct vfg_tuple vfg_generate_tuple(struct vfg_random *random, const struct vfg_model *model)
{
	enum vfg_direction direction = vfg_random_below(random, VFG_DIRECTION_MAX);
	const struct vfg_pipeline *pipeline = &model->pipeline[direction];
	const struct vfg_model_rule *rule = random_rule(random, pipeline);
	const struct vfg_model_rule *other =
		vfg_random_below(random, 5) ? rule : random_rule(random, pipeline);
	enum vfg_family family = random_family(random, rule);
	struct vfg_tuple tuple = {.direction = (uint8_t)direction, .family = (uint8_t)family};
	bool inbound = direction == VFG_INBOUND;
	uint16_t source_port, destination_port;

	write_address(inbound ? tuple.remote : tuple.local,
		      random_address(random, rule ? rule->source : NULL, family), family);
	write_address(inbound ? tuple.local : tuple.remote,
		      random_address(random, other ? other->destination : NULL, family), family);
	tuple.protocol = random_protocol(random, rule);
	source_port = random_port(random, rule ? &rule->source_ports : NULL);
	destination_port = random_port(random, other ? &other->destination_ports : NULL);
	if (tuple.protocol == IPPROTO_TCP || tuple.protocol == IPPROTO_UDP) {
		tuple.local_port = inbound ? destination_port : source_port;
		tuple.remote_port = inbound ? source_port : destination_port;
	}
	return tuple;
}
