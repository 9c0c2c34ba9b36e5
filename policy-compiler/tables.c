/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts of a compiled policy, by its tables alone: the twin in C of what the programs do. Every
 * read is checked against the arena's end, so that a bad offset denies and never reads elsewhere.
 */
#include <linux/in.h>
#include <string.h>

#include "tables.h"

/* The vectors that a packet's classes choose. */
struct chosen {
	const uint64_t *vector[VFG_DIM_MAX];
};

const void *vfg_tables_at(const struct vfg_tables *tables, uint64_t offset, size_t bytes)
{
	if (offset > tables->bytes || bytes > tables->bytes - offset)
		return NULL;
	return (const uint8_t *)tables->policy + offset;
}

static uint64_t load64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* The last interval of a tail that begins at or before @low. */
static bool search_tail(const struct vfg_tables *tables, uint64_t offset, uint64_t low,
			uint32_t *ret_class)
{
	const struct vfg_tail *tail = vfg_tables_at(tables, offset, sizeof(*tail));
	uint64_t first = 0, count;

	if (!tail || tail->first < 1 || tail->first > 1 << VFG_TRIE_TAIL_STEPS)
		return false;
	count = tail->first;
	tail = vfg_tables_at(tables, offset, (count + 1) * sizeof(*tail));
	if (!tail)
		return false;
	tail++;
	while (count > 1) {
		uint64_t half = count / 2;

		if (tail[first + half].first <= low) {
			first += half;
			count -= half;
		} else {
			count = half;
		}
	}
	*ret_class = tail[first].class_id;
	return true;
}

bool vfg_tables_address(const struct vfg_tables *tables, enum vfg_role role,
			const struct vfg_tuple *tuple, uint32_t *ret_class)
{
	const uint8_t *address = role == VFG_ROLE_LOCAL ? tuple->local : tuple->remote;
	bool ipv6 = tuple->family == VFG_IPV6;
	uint64_t high = load64(address);
	uint32_t entry = tables->policy->trie[role][ipv6];

	if (!ipv6)
		high &= ~0ULL << 32;
	for (int depth = 0; depth <= VFG_TRIE_DEPTH_V6; depth++) {
		uint64_t index = entry & VFG_TRIE_INDEX_MASK;
		uint32_t stride = (entry >> VFG_TRIE_STRIDE_SHIFT & 0xf) + 1;
		const uint32_t *next;

		switch (entry >> VFG_TRIE_KIND_SHIFT) {
		case VFG_TRIE_LEAF:
			*ret_class = (uint32_t)index;
			return true;
		case VFG_TRIE_TAIL:
			return ipv6 && search_tail(tables, index * VFG_TRIE_TAIL_UNIT,
						   load64(address + 8), ret_class);
		case VFG_TRIE_NODE:
			next = vfg_tables_at(tables,
					     index * VFG_TRIE_NODE_UNIT +
						     (high >> (64 - stride)) * sizeof(*next),
					     sizeof(*next));
			if (!next)
				return false;
			entry = *next;
			high <<= stride;
			break;
		default:
			return false;
		}
	}
	return false;
}

uint32_t vfg_tables_entry(const struct vfg_tables *tables, uint32_t table, uint16_t index)
{
	const uint16_t *entry =
		vfg_tables_at(tables, table + (uint64_t)index * sizeof(*entry), sizeof(*entry));

	return entry ? *entry : VFG_POLICY_CLASSES_MAX;
}

static bool has_ports(const struct vfg_tuple *tuple)
{
	return tuple->protocol == IPPROTO_TCP || tuple->protocol == IPPROTO_UDP;
}

static uint32_t find_service(const struct vfg_tables *tables, const struct vfg_tuple *tuple)
{
	const struct vfg_policy *policy = tables->policy;
	uint16_t port = tuple->direction == VFG_INBOUND ? tuple->local_port : tuple->remote_port;

	if (tuple->protocol == IPPROTO_TCP)
		return vfg_tables_entry(tables, policy->service_tcp, port);
	if (tuple->protocol == IPPROTO_UDP)
		return vfg_tables_entry(tables, policy->service_udp, port);
	return vfg_tables_entry(tables, policy->service_other, tuple->protocol);
}

const uint64_t *vfg_tables_vector(const struct vfg_tables *tables, enum vfg_dimension dimension,
				  uint32_t class_id)
{
	const struct vfg_policy *policy = tables->policy;
	uint64_t page = ((uint64_t)class_id * policy->page_reciprocal) >> 32;
	uint64_t row = class_id - page * policy->vectors_per_page;
	const uint8_t *vector;

	if (class_id >= policy->classes[dimension])
		return NULL;
	vector = vfg_tables_at(tables,
			       policy->vectors[dimension] + page * VFG_POLICY_PAGE_BYTES +
				       row * policy->vector_bytes,
			       policy->vector_bytes);
	return vector ? (const uint64_t *)(vector + policy->vector_bytes) - policy->words : NULL;
}

static bool choose(const struct vfg_tables *tables, const struct vfg_tuple *tuple,
		   struct chosen *ret_chosen)
{
	struct chosen chosen = {0};
	uint32_t class_id[VFG_DIM_MAX] = {0};
	uint16_t port = tuple->direction == VFG_INBOUND ? tuple->remote_port : tuple->local_port;
	int dimensions = VFG_DIM_SOURCE_PORT;

	if (!vfg_tables_address(tables, VFG_ROLE_LOCAL, tuple, &class_id[VFG_DIM_LOCAL]) ||
	    !vfg_tables_address(tables, VFG_ROLE_REMOTE, tuple, &class_id[VFG_DIM_REMOTE]))
		return false;
	class_id[VFG_DIM_SERVICE] = find_service(tables, tuple);
	if (tables->policy->source_port && has_ports(tuple))
		class_id[dimensions++] =
			vfg_tables_entry(tables, tables->policy->source_port, port);
	for (int dimension = 0; dimension < dimensions; dimension++) {
		chosen.vector[dimension] =
			vfg_tables_vector(tables, dimension, class_id[dimension]);
		if (!chosen.vector[dimension])
			return false;
	}
	*ret_chosen = chosen;
	return true;
}

/* The first rule of a stage that every dimension admits. */
static uint32_t first_rule(const struct chosen *chosen, struct vfg_stage_words stage)
{
	for (uint32_t word = stage.first; word < stage.last; word++) {
		uint64_t bits = ~0ULL;

		for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
			if (chosen->vector[dimension])
				bits &= chosen->vector[dimension][word];
		}
		if (bits)
			return word * 64 + (uint32_t)__builtin_ctzll(bits);
	}
	return VFG_RULE_NONE;
}

static struct vfg_verdict name_rule(const struct vfg_tables *tables, uint32_t number, bool allow)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

	return (struct vfg_verdict){
		.allow = allow,
		.rule = vfg_tables_text(tables, info ? info->name_offset : 0),
		.list = info ? vfg_tables_list_name(tables, info) : "",
		.number = number,
		.stage = info ? info->stage : 0,
	};
}

const struct vfg_rule *vfg_tables_rules(const struct vfg_tables *tables)
{
	return (const void *)((const uint8_t *)tables->policy + tables->policy->rules);
}

struct vfg_verdict vfg_tables_judge(const struct vfg_tables *tables, const struct vfg_tuple *tuple)
{
	const struct vfg_policy *policy = tables->policy;
	const struct vfg_rule *rules = vfg_tables_rules(tables);
	const struct vfg_verdict none = {.rule = "", .list = "", .number = VFG_RULE_NONE};
	struct vfg_verdict verdict = none;
	struct chosen chosen;

	if (tuple->direction >= VFG_DIRECTION_MAX || !choose(tables, tuple, &chosen))
		return none;
	for (int position = 0; position < VFG_STAGE_MAX; position++) {
		struct vfg_stage_words stage = policy->stage[tuple->direction][position];
		uint32_t number;

		if (stage.first == stage.last)
			continue;
		number = first_rule(&chosen, stage);
		if (number != VFG_RULE_NONE) {
			verdict =
				name_rule(tables, number, rules[number].action != VFG_ACTION_DENY);
			if (rules[number].action != VFG_ACTION_ALLOW)
				return verdict;
		} else if (stage.stage >= VFG_STAGE_SUBNET) {
			return none;
		}
	}
	return verdict;
}

const struct vfg_rule_info *vfg_tables_rule(const struct vfg_tables *tables, uint32_t number)
{
	const struct vfg_policy *policy = tables->policy;
	const struct vfg_rule_info *info;

	if (number >= policy->words * 64)
		return NULL;
	info = vfg_tables_at(tables, policy->rule_info + (uint64_t)number * sizeof(*info),
			     sizeof(*info));
	return info && info->name_offset ? info : NULL;
}

const char *vfg_tables_text(const struct vfg_tables *tables, uint32_t offset)
{
	const char *text = vfg_tables_at(tables, offset, 1);

	if (!offset || !text || !memchr(text, 0, tables->bytes - offset))
		return "";
	return text;
}

const char *vfg_tables_list_name(const struct vfg_tables *tables, const struct vfg_rule_info *info)
{
	const char *text = vfg_tables_text(tables, info->list_offset);

	return *text == '/' ? strrchr(text, '/') + 1 : text;
}
