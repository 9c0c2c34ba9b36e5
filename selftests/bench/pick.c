/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for the measured policies: drawn at random, half of them from the addresses that rules
 * name, and kept where the policy's own tables judge them as needed.
 */
#include "ruleset.h"

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOCALS = 4, /* addresses of the guest */
	DRAWS_MAX = 200000,
};

/* Where addresses and ports are drawn from. */
struct urn {
	const struct ruleset *ruleset;
	enum vfg_family family;
	enum ruleset_path path;
	struct vfg_random random;
};

static void put_address(enum vfg_family family, vfg_u128 address, uint8_t ret_bytes[16])
{
	int bytes = family == VFG_IPV4 ? 4 : 16;

	memset(ret_bytes, 0, 16);
	for (int i = 0; i < bytes; i++)
		ret_bytes[i] = (uint8_t)(address >> 8 * (bytes - 1 - i));
}

static vfg_u128 network(enum vfg_family family)
{
	return family == VFG_IPV4 ? (vfg_u128)10 << 24 : (vfg_u128)0x20010db8 << 96;
}

static vfg_u128 random_bits(struct urn *urn, unsigned int bits)
{
	vfg_u128 value = (vfg_u128)vfg_random_next(&urn->random) << 64;

	return (value | vfg_random_next(&urn->random)) & (((vfg_u128)1 << bits) - 1);
}

static const struct vfg_model_rule *random_rule(struct urn *urn)
{
	const struct vfg_pipeline *in = &urn->ruleset->model->pipeline[VFG_INBOUND];
	const struct vfg_list *list;

	list = in->list[vfg_random_below(&urn->random, (uint32_t)in->count)];
	return &list->rule[vfg_random_below(&urn->random, (uint32_t)list->count)];
}

static vfg_u128 anywhere(struct urn *urn)
{
	if (urn->family == VFG_IPV4)
		return random_bits(urn, 32);
	return (vfg_u128)1 << 125 | random_bits(urn, 125);
}

/* An address of the set, or anywhere where it has none of the family. */
static vfg_u128 inside(struct urn *urn, const struct vfg_set *set)
{
	const struct vfg_address_range *range;

	if (set->any || !set->count[urn->family])
		return anywhere(urn);
	range = &set->range[urn->family]
			   [vfg_random_below(&urn->random, (uint32_t)set->count[urn->family])];
	if (range->last - range->first >= (vfg_u128)1 << 126)
		return anywhere(urn);
	return range->first + random_bits(urn, 127) % (range->last - range->first + 1);
}

static uint16_t port_of(struct urn *urn, const struct vfg_model_rule *rule)
{
	const struct vfg_port_range *range = &rule->destination_ports.range[vfg_random_below(
		&urn->random, (uint32_t)rule->destination_ports.count)];

	return (uint16_t)(range->first +
			  vfg_random_below(&urn->random, range->last - range->first + 1u));
}

static vfg_u128 local_address(struct urn *urn, const struct vfg_model_rule *rule)
{
	if (urn->ruleset->many_locals)
		return inside(urn, rule->destination);
	return network(urn->family) | (4 + vfg_random_below(&urn->random, LOCALS));
}

static struct vfg_tuple draw(struct urn *urn)
{
	const struct vfg_model_rule *rule = random_rule(urn);
	unsigned int host_bits = urn->family == VFG_IPV4 ? 24 : 96;
	vfg_u128 remote;
	struct vfg_tuple tuple = {
		.direction = VFG_INBOUND,
		.family = (uint8_t)urn->family,
		.protocol = IPPROTO_TCP,
		.remote_port = (uint16_t)(1024 + vfg_random_below(&urn->random, 64000)),
		.local_port = (uint16_t)(1 + vfg_random_below(&urn->random, 60000)),
	};

	if (urn->path == RULESET_ESTABLISHED)
		tuple.local_port = port_of(urn, rule);
	if (urn->path == RULESET_NEW)
		remote = network(urn->family) | random_bits(urn, host_bits);
	else
		remote = vfg_random_below(&urn->random, 2) ? inside(urn, rule->source)
							   : anywhere(urn);
	put_address(urn->family, remote, tuple.remote);
	put_address(urn->family, local_address(urn, rule), tuple.local);
	return tuple;
}

static bool is_local_network(const struct vfg_tuple *tuple)
{
	static const uint8_t prefix[] = {0x20, 0x01, 0x0d, 0xb8};

	if (tuple->family == VFG_IPV4)
		return tuple->remote[0] == 10;
	return !memcmp(tuple->remote, prefix, sizeof(prefix));
}

static bool suits(const struct urn *urn, const struct vfg_tuple *tuple)
{
	struct vfg_verdict verdict = vfg_tables_judge(&urn->ruleset->tables, tuple);

	if (urn->path == RULESET_DENIED)
		return !verdict.allow;
	if (urn->path == RULESET_ESTABLISHED && is_local_network(tuple))
		return false;
	return verdict.allow;
}

void ruleset_pick(const struct ruleset *ruleset, enum vfg_family family, enum ruleset_path path,
		  struct vfg_tuple *ret_tuples, size_t count)
{
	struct urn urn = {ruleset, family, path, {.state = (uint64_t)family * 3 + path}};

	for (size_t i = 0; i < count; i++) {
		size_t draws = 0;

		do {
			ret_tuples[i] = draw(&urn);
			if (++draws > DRAWS_MAX) {
				fprintf(stderr, "bench: no packet suits path %d\n", path);
				abort();
			}
		} while (!suits(&urn, &ret_tuples[i]));
	}
}
