/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for random inputs: each takes its fields from the edges of what one rule says, or from
 * what the platform has rules for.
 */
#include <string.h>

#include "generate_json.h"

struct aim {
	const struct sketch *sketch;
	struct vfg_random *random;
	uint8_t family;
};

static int bytes_of(uint8_t family)
{
	return family == VFG_IPV4 ? 4 : 16;
}

/* One up or down, around the ends of the space too. */
static void step(uint8_t *address, int bytes, bool up)
{
	for (int i = bytes - 1; i >= 0; i--) {
		address[i] = (uint8_t)(up ? address[i] + 1 : address[i] - 1);
		if (address[i] != (up ? 0 : 0xff))
			return;
	}
}

/* At, beside or inside a prefix. */
static void at_edge(struct aim *aim, const struct sketch_prefix *prefix, uint8_t *address)
{
	int bytes = bytes_of(prefix->family);
	uint32_t where = vfg_random_below(aim->random, 6);

	memcpy(address, prefix->byte, 16);
	for (int bit = prefix->length; bit < bytes * 8 && where % 2; bit++)
		address[bit / 8] |= 0x80 >> bit % 8;
	if (where == 2 || where == 3)
		step(address, bytes, where == 3);
	for (int bit = prefix->length; bit < bytes * 8 && where > 3; bit++)
		address[bit / 8] ^= vfg_random_next(aim->random) & 0x80 >> bit % 8;
}

static void anywhere(struct aim *aim, uint8_t *address)
{
	uint64_t bits = vfg_random_next(aim->random);

	memcpy(address, &bits, 8);
	bits = vfg_random_next(aim->random);
	memcpy(address + 8, &bits, 8);
}

static void near_one_of(struct aim *aim, const struct sketch_prefixes *list, uint8_t *address)
{
	size_t begin = list->count ? vfg_random_below(aim->random, (uint32_t)list->count) : 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct sketch_prefix *prefix = &list->prefix[(begin + i) % list->count];

		if (prefix->family == aim->family) {
			at_edge(aim, prefix, address);
			return;
		}
	}
	anywhere(aim, address);
}

static void near_member(struct aim *aim, unsigned int groups, uint8_t *address)
{
	uint32_t begin = vfg_random_below(aim->random, SKETCH_NICS);

	for (uint32_t i = 0; i < SKETCH_NICS; i++) {
		const struct sketch_nic *nic = &aim->sketch->nic[(begin + i) % SKETCH_NICS];
		size_t index = vfg_random_below(aim->random, (uint32_t)nic->count);

		if (!(nic->groups & groups) || nic->address[index].family != aim->family)
			continue;
		memcpy(address, nic->address[index].byte, 16);
		if (vfg_random_below(aim->random, 4) == 0)
			step(address, bytes_of(aim->family), vfg_random_below(aim->random, 2));
		return;
	}
	anywhere(aim, address);
}

static void near_side(struct aim *aim, const struct sketch_side *side, uint8_t *address)
{
	static const struct sketch_prefixes borders = {4,
						       {{VFG_IPV4, 8, {10}},
							{VFG_IPV4, 16, {169, 254}},
							{VFG_IPV4, 3, {224}},
							{VFG_IPV6, 3, {0x20}}}};

	memset(address, 0, 16);
	if (side && side->kind == SKETCH_LIST)
		near_one_of(aim, &side->list, address);
	else if (side && side->kind == SKETCH_GROUP)
		near_member(aim, side->groups, address);
	else if (side && side->kind == SKETCH_TAG && side->tag != SKETCH_INTERNET)
		near_one_of(aim, &aim->sketch->tag[side->tag], address);
	else if (vfg_random_below(aim->random, 3))
		near_one_of(aim, &aim->sketch->tag[SKETCH_NETWORK], address);
	else
		near_one_of(aim, &borders, address);
	if (aim->family == VFG_IPV4)
		memset(address + 4, 0, 12);
}

static uint16_t near_port(struct aim *aim, const struct sketch_ports *ports)
{
	static const uint16_t notable[] = {53, 67, 68, 80, 546, 547, 32526};
	const struct vfg_port_range *range;

	if (vfg_random_below(aim->random, 8) == 0)
		return notable[vfg_random_below(aim->random, 7)];
	if (!ports || !ports->count)
		return (uint16_t)vfg_random_next(aim->random);
	range = &ports->range[vfg_random_below(aim->random, (uint32_t)ports->count)];
	switch (vfg_random_below(aim->random, 5)) {
	case 0:
		return range->first;
	case 1:
		return range->last;
	case 2:
		return range->first - 1;
	case 3:
		return range->last + 1;
	}
	return (uint16_t)(range->first +
			  vfg_random_below(aim->random,
					   (uint32_t)(range->last - range->first) + 1));
}

static uint8_t some_protocol(struct aim *aim, const struct sketch_rule *rule)
{
	static const uint8_t usual[] = {6, 6, 6, 17, 17, 1, 58, 50, 51, 47};

	if (rule && rule->protocol != SKETCH_PROTOCOL_ANY && vfg_random_below(aim->random, 8))
		return (uint8_t)rule->protocol;
	return usual[vfg_random_below(aim->random, 10)];
}

static const struct sketch_rule *some_rule(struct aim *aim)
{
	uint32_t begin = vfg_random_below(aim->random, VFG_STAGE_MAX);

	for (int i = 0; i < VFG_STAGE_MAX; i++) {
		const struct sketch_list *list = &aim->sketch->list[(begin + i) % VFG_STAGE_MAX];

		if (list->count)
			return &list->rule[vfg_random_below(aim->random, (uint32_t)list->count)];
	}
	return NULL;
}

/* Of the sides' own prefixes, where they are all of one; else mostly IPv4, as traffic is. */
static uint8_t some_family(struct aim *aim, const struct sketch_rule *rule)
{
	for (int side = 0; rule && side < 2; side++) {
		if (rule->side[side].kind == SKETCH_LIST && vfg_random_below(aim->random, 10))
			return rule->side[side].list.prefix[0].family;
	}
	return vfg_random_below(aim->random, 3) == 0;
}

/* A service of the platform: DNS, IMDS, or another port of the same addresses. */
static void at_platform(struct aim *aim, struct vfg_tuple *tuple, uint16_t port[2])
{
	static const uint8_t service[][4] = {
		{168, 63, 129, 16}, {169, 254, 169, 254}, {255, 255, 255, 255}};
	uint32_t which = vfg_random_below(aim->random, 5) / 2;

	memset(tuple->remote, 0, 16);
	memcpy(tuple->remote, service[which], 4);
	if (vfg_random_below(aim->random, 4) == 0)
		return;
	tuple->protocol = vfg_random_below(aim->random, 2) ? 6 : 17;
	port[tuple->direction == VFG_INBOUND ? 0 : 1] = which ? 80 : 53;
}

struct vfg_tuple sketch_tuple(const struct sketch *sketch, struct vfg_random *random)
{
	struct aim aim = {.sketch = sketch, .random = random};
	const struct sketch_rule *rule = some_rule(&aim);
	const struct sketch_rule *other = vfg_random_below(random, 5) ? rule : some_rule(&aim);
	struct vfg_tuple tuple = {.direction =
					  (uint8_t)vfg_random_below(random, VFG_DIRECTION_MAX)};
	uint16_t port[2];
	bool inbound;

	if (rule && vfg_random_below(random, 16))
		tuple.direction = rule->direction;
	inbound = tuple.direction == VFG_INBOUND;
	aim.family = some_family(&aim, rule);
	tuple.family = aim.family;
	tuple.protocol = some_protocol(&aim, rule);
	near_side(&aim, rule ? &rule->side[0] : NULL, inbound ? tuple.remote : tuple.local);
	near_side(&aim, other ? &other->side[1] : NULL, inbound ? tuple.local : tuple.remote);
	port[0] = near_port(&aim, rule ? &rule->ports[0] : NULL);
	port[1] = near_port(&aim, other ? &other->ports[1] : NULL);
	if (aim.family == VFG_IPV4 && vfg_random_below(random, 12) == 0)
		at_platform(&aim, &tuple, port);
	if (tuple.protocol == 6 || tuple.protocol == 17) {
		tuple.local_port = port[inbound ? 1 : 0];
		tuple.remote_port = port[inbound ? 0 : 1];
	}
	return tuple;
}
