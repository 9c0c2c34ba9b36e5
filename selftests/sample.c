/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies built by hand.
 */
#include "sample.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "generate.h"

enum {
	ARENA_BYTES = 1 << 30,
	SET_PREFIXES = 64,
};

static const struct vfg_set any_address = {.any = true};
static struct vfg_port_range all_ports = {0, 65535};

struct vfg_sample vfg_sample_new(void)
{
	struct vfg_sample sample = {
		.arena = vfg_arena_new(ARENA_BYTES),
		.model.label = "by hand",
		.model.source_digest = 0x0123456789abcdef,
	};

	assert(sample.arena);
	sample.diag.arena = sample.arena;
	return sample;
}

struct vfg_list *vfg_sample_list(struct vfg_sample *sample, enum vfg_direction direction,
				 enum vfg_stage stage, const char *name)
{
	struct vfg_pipeline *pipeline = &sample->model.pipeline[direction];
	struct vfg_list *list = vfg_arena_alloc(sample->arena, sizeof(*list));

	assert(list && pipeline->count < VFG_STAGE_MAX);
	list->name = name;
	list->stage = (uint8_t)stage;
	list->rule = vfg_arena_array(sample->arena, VFG_SAMPLE_RULES, sizeof(*list->rule));
	assert(list->rule);
	pipeline->list[pipeline->count++] = list;
	return list;
}

struct vfg_model_rule *vfg_sample_rule(struct vfg_list *list, const char *name,
				       enum vfg_action action)
{
	struct vfg_model_rule *rule = &list->rule[list->count];

	assert(list->count < VFG_SAMPLE_RULES);
	*rule = (struct vfg_model_rule){
		.name = name,
		.priority = (uint16_t)(100 + list->count),
		.protocol = VFG_PROTOCOL_ANY,
		.action = (uint8_t)action,
		.source = &any_address,
		.destination = &any_address,
		.source_ports = {1, &all_ports},
		.destination_ports = {1, &all_ports},
	};
	list->count++;
	return rule;
}

/* Return: the family. */
static enum vfg_family parse_address(const char *text, uint8_t ret_bytes[16])
{
	enum vfg_family family = strchr(text, ':') ? VFG_IPV6 : VFG_IPV4;
	int parsed = inet_pton(family == VFG_IPV6 ? AF_INET6 : AF_INET, text, ret_bytes);

	assert(parsed == 1);
	return family;
}

static enum vfg_family parse_prefix(const char *text, struct vfg_address_range *ret_range)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16] = {0};
	unsigned int length, bits;
	enum vfg_family family;
	vfg_u128 number = 0;

	if (sscanf(text, "%45[^/]/%u", address, &length) != 2)
		assert(!"a prefix has a length");
	family = parse_address(address, bytes);
	bits = family == VFG_IPV4 ? 32 : 128;
	for (unsigned int i = 0; i < bits / 8; i++)
		number = number << 8 | bytes[i];
	ret_range->first = number;
	ret_range->last = number | (length == bits ? 0 : ~(vfg_u128)0 >> (128 - bits + length));
	return family;
}

const struct vfg_set *vfg_sample_set(struct vfg_sample *sample, const char *prefixes)
{
	struct vfg_address_range range[SET_PREFIXES];
	enum vfg_family family = VFG_IPV4;
	char prefix[INET6_ADDRSTRLEN + 4];
	struct vfg_set *set;
	size_t count = 0;
	int used;

	for (; sscanf(prefixes, " %49s%n", prefix, &used) == 1; prefixes += used) {
		assert(count < SET_PREFIXES);
		family = parse_prefix(prefix, &range[count++]);
	}
	set = vfg_generate_set(sample->arena, family, range, count);
	assert(set);
	return set;
}

struct vfg_ports vfg_sample_ports(struct vfg_sample *sample, uint16_t first, uint16_t last)
{
	struct vfg_port_range *range = vfg_arena_alloc(sample->arena, sizeof(*range));

	assert(range);
	*range = (struct vfg_port_range){first, last};
	return (struct vfg_ports){.count = 1, .range = range};
}

int vfg_sample_compile(struct vfg_sample *sample)
{
	int err;

	err = vfg_image_write(sample->arena, &sample->model, &sample->diag, &sample->image,
			      &sample->image_bytes);
	if (err)
		return err;
	return vfg_image_open(sample->image, sample->image_bytes, &sample->diag, &sample->tables);
}

struct vfg_tuple vfg_sample_tuple(const struct vfg_sample_packet *packet)
{
	struct vfg_tuple tuple = {
		.direction = (uint8_t)packet->direction,
		.protocol = packet->protocol,
		.local_port = packet->local_port,
		.remote_port = packet->remote_port,
	};

	tuple.family = (uint8_t)parse_address(packet->local, tuple.local);
	if (parse_address(packet->remote, tuple.remote) != tuple.family)
		assert(!"both addresses are of one family");
	return tuple;
}
