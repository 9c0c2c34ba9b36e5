/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random inputs that the platform would take. Few addresses and few ports, so that rules overlap.
 */
#include <string.h>

#include "generate_json.h"

const char *const sketch_tag_name[SKETCH_TAGS] = {
	"VirtualNetwork",
	"Internet",
	"AzureLoadBalancer",
	"AzurePlatformDNS",
	"AzurePlatformIMDS",
	"Storage",
	"Sql.WestEurope",
	"Office",
	"Both",
};

static bool chance(struct vfg_random *random, uint32_t one_in)
{
	return vfg_random_below(random, one_in) == 0;
}

bool sketch_prefix_has(const struct sketch_prefix *prefix, uint8_t family, const uint8_t *address)
{
	if (prefix->family != family)
		return false;
	for (int bit = 0; bit < prefix->length; bit++) {
		if ((prefix->byte[bit / 8] ^ address[bit / 8]) & 0x80 >> bit % 8)
			return false;
	}
	return true;
}

static struct sketch_prefix make_prefix(uint8_t family, uint8_t length, const uint8_t *address)
{
	struct sketch_prefix prefix = {.family = family, .length = length};

	for (int bit = 0; bit < length; bit++)
		prefix.byte[bit / 8] |= address[bit / 8] & 0x80 >> bit % 8;
	return prefix;
}

static struct sketch_prefix random_prefix(struct vfg_random *random, uint8_t family)
{
	static const uint8_t ipv4[][4] = {
		{10, 0, 0, 0},	   {10, 0, 128, 0},    {192, 0, 2, 0}, {198, 51, 100, 0},
		{203, 0, 113, 64}, {168, 63, 129, 16}, {11, 0, 0, 0},  {255, 255, 255, 255}};
	static const uint8_t ipv6[][16] = {{0x20, 0x01, 0x0d, 0xb8},
					   {0x20, 0x01, 0x0d, 0xb8, 0, 1},
					   {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1},
					   {0xfd, 0, 0, 1},
					   {0x3f, 0xff, 0xff, 0xff},
					   {0}};
	static const uint8_t ipv4_length[] = {1, 8, 15, 16, 17, 24, 25, 26, 30, 31, 32, 32};
	static const uint8_t ipv6_length[] = {3, 16, 32, 47, 48, 63, 64, 65, 96, 127, 128, 128};
	uint8_t address[16] = {0};
	uint64_t low = vfg_random_next(random);

	if (family == VFG_IPV4) {
		memcpy(address, ipv4[vfg_random_below(random, 8)], 4);
		address[3] ^= chance(random, 2) ? low & 0xff : 0;
		return make_prefix(family, ipv4_length[vfg_random_below(random, 12)], address);
	}
	memcpy(address, ipv6[vfg_random_below(random, 6)], 16);
	address[15] ^= low & 0xff;
	address[8] ^= chance(random, 3) ? low >> 8 & 0xff : 0;
	return make_prefix(family, ipv6_length[vfg_random_below(random, 12)], address);
}

/* The platform takes no overlap in one list. */
static void add_apart(struct sketch_prefixes *list, struct sketch_prefix prefix)
{
	for (size_t i = 0; i < list->count; i++) {
		if (sketch_prefix_has(&list->prefix[i], prefix.family, prefix.byte) ||
		    sketch_prefix_has(&prefix, list->prefix[i].family, list->prefix[i].byte))
			return;
	}
	list->prefix[list->count++] = prefix;
}

static void random_list(struct vfg_random *random, uint8_t family, struct sketch_prefixes *list)
{
	uint32_t count = 1 + (chance(random, 2) ? 0 : vfg_random_below(random, 4));

	list->count = 0;
	for (uint32_t i = 0; i < count; i++)
		add_apart(list, random_prefix(random, family));
}

static void random_tag(struct vfg_random *random, struct sketch_prefixes *list)
{
	uint8_t family = (uint8_t)vfg_random_below(random, 2);

	list->count = 0;
	add_apart(list, random_prefix(random, family));
	for (int i = 0; i < SKETCH_PREFIXES_MAX - 1; i++)
		add_apart(list, random_prefix(random, chance(random, 2) ? family : !family));
}

static void fixed_tag(struct sketch_prefixes *list, const uint8_t address[4])
{
	list->count = 1;
	list->prefix[0] = make_prefix(VFG_IPV4, 32, address);
}

static void random_tags(struct sketch *sketch, struct vfg_random *random)
{
	static const uint8_t wire_server[] = {168, 63, 129, 16}, metadata[] = {169, 254, 169, 254};
	static const uint8_t network[] = {10, 0, 0, 0};
	static const uint8_t network6[16] = {0x20, 0x01, 0x0d, 0xb8};

	random_list(random, VFG_IPV4, &sketch->tag[SKETCH_NETWORK]);
	if (chance(random, 2))
		sketch->tag[SKETCH_NETWORK].count = 0;
	add_apart(&sketch->tag[SKETCH_NETWORK], make_prefix(VFG_IPV4, 16, network));
	add_apart(&sketch->tag[SKETCH_NETWORK], make_prefix(VFG_IPV6, 48, network6));
	fixed_tag(&sketch->tag[SKETCH_BALANCER], wire_server);
	fixed_tag(&sketch->tag[SKETCH_DNS], wire_server);
	fixed_tag(&sketch->tag[SKETCH_IMDS], metadata);
	for (int tag = SKETCH_STORAGE; tag < SKETCH_TAGS; tag++)
		random_tag(random, &sketch->tag[tag]);
	random_tag(random, &sketch->decoy);
}

/* The last group never has a member. */
static void random_nics(struct sketch *sketch, struct vfg_random *random)
{
	for (int i = 0; i < SKETCH_NICS; i++) {
		struct sketch_nic *nic = &sketch->nic[i];
		uint8_t ipv4[4] = {10, 0, 0, (uint8_t)(4 + vfg_random_below(random, 16))};
		uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8};

		ipv6[15] = ipv4[3];
		nic->groups = vfg_random_below(random, 1u << (SKETCH_GROUPS - 1));
		nic->count = 1 + vfg_random_below(random, SKETCH_ADDRESSES);
		nic->address[0] = make_prefix(VFG_IPV4, 32, ipv4);
		nic->address[1] = make_prefix(VFG_IPV6, 128, ipv6);
		ipv4[2] = 200;
		nic->address[2] = make_prefix(VFG_IPV4, 32, ipv4);
	}
}

/* Security admin rules know no groups. */
static void random_side(struct vfg_random *random, uint8_t family, bool groups,
			struct sketch_side *side)
{
	uint32_t kind = vfg_random_below(random, groups ? 10 : 8);

	if (kind < 2) {
		side->kind = SKETCH_ANY;
	} else if (kind < 5) {
		side->kind = SKETCH_LIST;
		random_list(random, family, &side->list);
	} else if (kind < 8) {
		side->kind = SKETCH_TAG;
		side->tag = vfg_random_below(random, SKETCH_TAGS);
	} else {
		side->kind = SKETCH_GROUP;
		side->groups = 1u << vfg_random_below(random, SKETCH_GROUPS);
		side->groups |=
			chance(random, 2) ? 1u << vfg_random_below(random, SKETCH_GROUPS) : 0;
	}
}

static void random_ports(struct vfg_random *random, uint32_t any_in_8, struct sketch_ports *ports)
{
	static const uint16_t notable[] = {0, 22, 53, 67, 80, 443, 1024, 32526, 65530, 65535};

	if (vfg_random_below(random, 8) < any_in_8)
		return;
	if (chance(random, 16)) {
		*ports = (struct sketch_ports){2, {{1000, 65535}, {0, 999}}};
		return;
	}
	ports->count = 1 + (chance(random, 2) ? 0 : vfg_random_below(random, SKETCH_RANGES_MAX));
	for (size_t i = 0; i < ports->count; i++) {
		uint32_t first = notable[vfg_random_below(random, 10)];
		uint32_t last = chance(random, 2) ? first : first + vfg_random_below(random, 2000);

		ports->range[i] = (struct vfg_port_range){(uint16_t)first,
							  (uint16_t)(last > 65535 ? 65535 : last)};
	}
}

static void random_rule(struct vfg_random *random, enum vfg_stage stage, struct sketch_rule *rule)
{
	static const int protocols[] = {
		6, 6, 6, 17, 17, 1, 50, 51, SKETCH_PROTOCOL_ANY, SKETCH_PROTOCOL_ANY};
	uint8_t family = (uint8_t)chance(random, 3);
	bool nsg = stage != VFG_STAGE_ADMIN;

	rule->protocol = protocols[vfg_random_below(random, 10)];
	rule->direction = vfg_random_below(random, VFG_DIRECTION_MAX);
	rule->action = vfg_random_below(random, nsg ? 2 : 3);
	for (int side = 0; side < 2; side++) {
		random_side(random, family, nsg, &rule->side[side]);
		random_ports(random, side == 0 ? 6 : 3, &rule->ports[side]);
	}
}

/* Priorities are distinct, and in no order. */
static void random_rules(struct vfg_random *random, struct sketch_list *list)
{
	static const char letter[VFG_STAGE_MAX] = {'p', 'a', 's', 'n'};
	unsigned int step = 1 + vfg_random_below(random, 200);

	list->count = vfg_random_below(random, SKETCH_RULES_MAX + 1);
	for (size_t i = 0; i < list->count; i++) {
		struct sketch_rule *rule = &list->rule[i];
		size_t other = vfg_random_below(random, (uint32_t)i + 1);

		random_rule(random, list->stage, rule);
		snprintf(rule->name, sizeof(rule->name), "%c%zu", letter[list->stage], i);
		rule->priority = list->rule[other].priority;
		list->rule[other].priority = 100 + (unsigned int)i * step;
	}
}

/* The rules that take the platform's services away are rare among random ones. */
static void random_exemption(struct vfg_random *random, struct sketch_list *list)
{
	struct sketch_rule *rule = &list->rule[0];

	if (!list->count || !chance(random, 2))
		return;
	rule->direction = VFG_OUTBOUND;
	rule->action = VFG_ACTION_DENY;
	rule->protocol = chance(random, 2) ? SKETCH_PROTOCOL_ANY : rule->protocol;
	rule->side[0].kind = chance(random, 2) ? SKETCH_ANY : rule->side[0].kind;
	rule->ports[1].count = 0;
	rule->side[1].kind = SKETCH_TAG;
	rule->side[1].tag = chance(random, 2) ? SKETCH_DNS : SKETCH_IMDS;
}

void sketch_random(struct sketch *sketch, struct vfg_random *random)
{
	static const char *const name[VFG_STAGE_MAX] = {"platform", "admin", "sub", "nic"};
	uint32_t nsgs = vfg_random_below(random, 3) + 1;

	*sketch = (struct sketch){.platform = chance(random, 3) ? VFG_PLATFORM_NONE
								: VFG_PLATFORM_AZURE};
	sketch->inert = chance(random, 4);
	random_tags(sketch, random);
	random_nics(sketch, random);
	for (enum vfg_stage stage = VFG_STAGE_ADMIN; stage < VFG_STAGE_MAX; stage++) {
		struct sketch_list *list = &sketch->list[stage];

		list->name = name[stage];
		list->stage = stage;
		list->given = stage == VFG_STAGE_ADMIN ? chance(random, 2)
						       : nsgs & 1u << (stage - VFG_STAGE_SUBNET);
		if (list->given)
			random_rules(random, list);
		if (list->given && stage != VFG_STAGE_ADMIN)
			random_exemption(random, list);
		list->given &= stage != VFG_STAGE_ADMIN || list->count;
	}
}
