/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies, built straight as models: no reader is involved, so that what the readers refuse
 * or never write is tried too. The packets for them are generate_tuple.c's.
 */
#include "generate.h"

#include <stdlib.h>
#include <string.h>

enum {
	POOL_SETS = 10,
	SET_RANGES_MAX = 12,
	PORT_RANGES_MAX = 6,
};

/* What the rules of one policy share. */
struct source {
	struct vfg_arena *arena;
	struct vfg_random *random;
	size_t rules_max;
	unsigned int names; /* given so far */
	const struct vfg_set *set[POOL_SETS];
};

uint64_t vfg_random_next(struct vfg_random *random)
{
	uint64_t value = random->state += 0x9e3779b97f4a7c15;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
	value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
	return value ^ (value >> 31);
}

uint32_t vfg_random_below(struct vfg_random *random, uint32_t bound)
{
	return (uint32_t)(((vfg_random_next(random) >> 32) * bound) >> 32);
}

static bool chance(struct source *source, uint32_t one_in)
{
	return vfg_random_below(source->random, one_in) == 0;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct vfg_address_range *a = left;
	const struct vfg_address_range *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

/* Sorted, disjoint, not adjacent. Return: how many are left. */
static size_t merge(struct vfg_address_range *ranges, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < count; i++) {
		struct vfg_address_range *last = kept ? &ranges[kept - 1] : NULL;

		if (last && (last->last == ~(vfg_u128)0 || ranges[i].first <= last->last + 1)) {
			if (ranges[i].last > last->last)
				last->last = ranges[i].last;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

struct vfg_set *vfg_generate_set(struct vfg_arena *arena, enum vfg_family family,
				 struct vfg_address_range *ranges, size_t count)
{
	struct vfg_set *set = vfg_arena_alloc(arena, sizeof(*set));

	count = merge(ranges, count);
	if (!set)
		return NULL;
	set->range[family] = vfg_arena_array(arena, count, sizeof(*ranges));
	if (!set->range[family])
		return NULL;
	set->count[family] = count;
	for (size_t i = 0; i < count; i++)
		set->range[family][i] = ranges[i];
	return set;
}

/* Documentation and private networks, the ends of the space, and one /64 to look deep into. */
static vfg_u128 random_address(struct source *source, enum vfg_family family)
{
	static const uint32_t ipv4[] = {0,	    0x0a010203, 0x0a01ff80, 0xc0000201,
					0xc6336407, 0xcb007181, 0xffffffff};
	static const uint64_t ipv6_high[] = {0,
					     0x20010db800000000,
					     0x20010db800000001,
					     0x20010db8000100ff,
					     0xfd00000000000000,
					     ~0ULL};
	uint64_t low = vfg_random_next(source->random);

	if (family == VFG_IPV4)
		return ipv4[vfg_random_below(source->random, 7)] ^
		       (chance(source, 3) ? low & 0xff : 0);
	low = chance(source, 2) ? low & 0xf00000000000000f : low;
	return (vfg_u128)ipv6_high[vfg_random_below(source->random, 6)] << 64 |
	       (chance(source, 4) ? 0 : low);
}

static struct vfg_address_range random_prefix(struct source *source, enum vfg_family family)
{
	static const uint8_t ipv4_length[] = {0, 1, 7, 8, 15, 16, 17, 20, 23, 24, 25, 30, 31, 32};
	static const uint8_t ipv6_length[] = {0,  1,  16, 17, 32, 47,  48, 63,
					      64, 65, 68, 96, 99, 127, 128};
	uint32_t bits = family == VFG_IPV4 ? 32 : 128, length;
	vfg_u128 address = random_address(source, family), mask;

	length = family == VFG_IPV4 ? ipv4_length[vfg_random_below(source->random, 14)]
				    : ipv6_length[vfg_random_below(source->random, 15)];
	mask = length == bits ? 0 : ~(vfg_u128)0 >> (128 - bits + length);
	return (struct vfg_address_range){.first = address & ~mask, .last = address | mask};
}

/* Of either family or, like a service tag, of both; rarely of none, like a group without members.
 */
static struct vfg_set *random_set(struct source *source)
{
	struct vfg_address_range range[SET_RANGES_MAX];
	uint32_t families = vfg_random_below(source->random, 3) + 1;
	struct vfg_set *set = NULL;

	if (chance(source, 20))
		return vfg_arena_alloc(source->arena, sizeof(*set));
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		size_t count = vfg_random_below(source->random, SET_RANGES_MAX) + 1;
		struct vfg_set *half;

		if (!(families & 1U << family))
			continue;
		for (size_t i = 0; i < count; i++)
			range[i] = random_prefix(source, family);
		half = vfg_generate_set(source->arena, family, range, count);
		if (!half)
			return NULL;
		if (set) {
			half->count[VFG_IPV4] = set->count[VFG_IPV4];
			half->range[VFG_IPV4] = set->range[VFG_IPV4];
		}
		set = half;
	}
	return set;
}

/* Any, one that others use too, an equal copy of such a one, or one of its own. */
static const struct vfg_set *choose_set(struct source *source)
{
	static const struct vfg_set any = {.any = true};
	const struct vfg_set *shared = source->set[vfg_random_below(source->random, POOL_SETS)];
	struct vfg_set *copy;

	switch (vfg_random_below(source->random, 8)) {
	case 0:
	case 1:
		return &any;
	case 2:
		return random_set(source);
	case 3:
		copy = vfg_arena_alloc(source->arena, sizeof(*copy));
		if (copy)
			*copy = *shared;
		return copy;
	}
	return shared;
}

static bool random_ports(struct source *source, uint32_t any_in_8, struct vfg_ports *ret_ports)
{
	static const uint16_t notable[] = {0, 1, 22, 53, 80, 443, 1023, 1024, 32768, 65534, 65535};
	struct vfg_address_range range[PORT_RANGES_MAX];
	size_t count =
		chance(source, 2) ? 1 : 1 + vfg_random_below(source->random, PORT_RANGES_MAX);
	struct vfg_port_range *ports;

	if (vfg_random_below(source->random, 8) < any_in_8) {
		count = 1;
		range[0] = (struct vfg_address_range){.first = 0, .last = 65535};
	} else {
		for (size_t i = 0; i < count; i++) {
			uint32_t first = notable[vfg_random_below(source->random, 11)];
			uint32_t last = first + vfg_random_below(source->random, 300);

			last = chance(source, 2) ? first : last;
			range[i] = (struct vfg_address_range){.first = first,
							      .last = last > 65535 ? 65535 : last};
		}
		count = merge(range, count);
	}
	ports = vfg_arena_array(source->arena, count, sizeof(*ports));
	if (!ports)
		return false;
	for (size_t i = 0; i < count; i++)
		ports[i] =
			(struct vfg_port_range){(uint16_t)range[i].first, (uint16_t)range[i].last};
	*ret_ports = (struct vfg_ports){.count = count, .range = ports};
	return true;
}

static bool random_rule(struct source *source, struct vfg_model_rule *rule)
{
	static const uint16_t protocols[] = {
		6, 6, 17, 17, 1, 50, 51, VFG_PROTOCOL_ANY, VFG_PROTOCOL_ANY, VFG_PROTOCOL_ANY};

	rule->protocol = chance(source, 40) ? (uint16_t)vfg_random_below(source->random, 256)
					    : protocols[vfg_random_below(source->random, 10)];
	rule->source = choose_set(source);
	rule->destination = choose_set(source);
	return rule->source && rule->destination && random_ports(source, 6, &rule->source_ports) &&
	       random_ports(source, 2, &rule->destination_ports);
}

static void make_catch_all(struct vfg_model_rule *rule)
{
	static const struct vfg_set any = {.any = true};
	static struct vfg_port_range all = {0, 65535};

	rule->protocol = VFG_PROTOCOL_ANY;
	rule->source = &any;
	rule->destination = &any;
	rule->source_ports = rule->destination_ports = (struct vfg_ports){1, &all};
}

static uint8_t random_action(struct source *source, enum vfg_stage stage)
{
	uint32_t actions = stage <= VFG_STAGE_ADMIN ? 3 : 2;

	return (uint8_t)vfg_random_below(source->random, actions);
}

static struct vfg_list *random_list(struct source *source, enum vfg_direction direction,
				    enum vfg_stage stage)
{
	static const char *const name[VFG_STAGE_MAX] = {"platform", "admin", "subnet-nsg",
							"nic-nsg"};
	static const char *const kind[VFG_STAGE_MAX] = {"platformRules", "adminRules",
							"securityRules", "securityRules"};
	struct vfg_list *list = vfg_arena_alloc(source->arena, sizeof(*list));

	if (!list)
		return NULL;
	list->name = name[stage];
	list->stage = (uint8_t)stage;
	list->count = 1 + vfg_random_below(source->random, (uint32_t)source->rules_max);
	list->rule = vfg_arena_array(source->arena, list->count, sizeof(*list->rule));
	for (size_t i = 0; list->rule && i < list->count; i++) {
		struct vfg_model_rule *rule = &list->rule[i];

		if (!random_rule(source, rule))
			return NULL;
		if (i == list->count - 1 && stage >= VFG_STAGE_SUBNET && !chance(source, 4))
			make_catch_all(rule);
		rule->priority = (uint16_t)(100 + i);
		rule->direction = (uint8_t)direction;
		rule->action = random_action(source, stage);
		rule->name =
			vfg_arena_format(source->arena, "%s/Rule%u", kind[stage], source->names++);
		if (!rule->name)
			return NULL;
	}
	return list->rule ? list : NULL;
}

/* In the order of the walk (maps/abi.h). */
static bool random_pipeline(struct source *source, enum vfg_direction direction, uint32_t nsgs,
			    struct vfg_pipeline *pipeline)
{
	static const enum vfg_stage order[VFG_DIRECTION_MAX][VFG_STAGE_MAX] = {
		{VFG_STAGE_PLATFORM, VFG_STAGE_ADMIN, VFG_STAGE_SUBNET, VFG_STAGE_NIC},
		{VFG_STAGE_PLATFORM, VFG_STAGE_ADMIN, VFG_STAGE_NIC, VFG_STAGE_SUBNET},
	};
	bool wanted[VFG_STAGE_MAX] = {
		[VFG_STAGE_PLATFORM] = chance(source, 3),
		[VFG_STAGE_ADMIN] = chance(source, 4),
		[VFG_STAGE_SUBNET] = nsgs & 1,
		[VFG_STAGE_NIC] = nsgs & 2,
	};

	if (chance(source, 16))
		return true;
	for (int position = 0; position < VFG_STAGE_MAX; position++) {
		enum vfg_stage stage = order[direction][position];
		struct vfg_list *list;

		if (!wanted[stage])
			continue;
		list = random_list(source, direction, stage);
		if (!list)
			return false;
		pipeline->list[pipeline->count++] = list;
	}
	return true;
}

struct vfg_model *vfg_generate_model(struct vfg_arena *arena, struct vfg_random *random,
				     size_t rules_max)
{
	struct source source = {.arena = arena, .random = random, .rules_max = rules_max};
	struct vfg_model *model = vfg_arena_alloc(arena, sizeof(*model));
	uint32_t nsgs = vfg_random_below(random, 3) + 1;

	if (!model)
		return NULL;
	for (int i = 0; i < POOL_SETS; i++) {
		source.set[i] = random_set(&source);
		if (!source.set[i])
			return NULL;
	}
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		if (!random_pipeline(&source, direction, nsgs, &model->pipeline[direction]))
			return NULL;
	}
	model->label = "generated";
	model->flush_connection = chance(&source, 2);
	model->source_digest = vfg_random_next(random);
	return model;
}
