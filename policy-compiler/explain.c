/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet is allowed or denied: walks the lists as vfg_tables_judge() does, rule by rule, and
 * finds for each what of it matches. The tables keep protocol and destination port as one
 * dimension; what each of the two asks is recovered from the classes of all ports.
 */
#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "explain.h"
#include "tables.h"

enum { PORTS = 65536 };

/* Rules by number. */
struct bits {
	uint64_t word[VFG_POLICY_WORDS_MAX];
};

/* Rules that some port has, and those that every port has. */
struct span {
	struct bits some;
	struct bits every;
};

/* Rules whose field matches the packet. */
struct facts {
	struct bits mark[VFG_MARK_MAX];
};

static bool has(const struct bits *bits, uint32_t number)
{
	return bits->word[number / 64] >> (number % 64) & 1;
}

static void load(struct bits *bits, const struct vfg_tables *tables, enum vfg_dimension dimension,
		 uint32_t class_id)
{
	const uint64_t *vector = vfg_tables_vector(tables, dimension, class_id);

	memset(bits, 0, sizeof(*bits));
	if (vector)
		memcpy(bits->word, vector, tables->policy->words * sizeof(*vector));
}

/* Each class of a table of ports is looked at once. */
static struct span span_of(const struct vfg_tables *tables, uint32_t table)
{
	uint64_t seen[VFG_POLICY_CLASSES_MAX / 64] = {0};
	struct span span;

	memset(&span.some, 0, sizeof(span.some));
	memset(&span.every, 0xff, sizeof(span.every));
	for (uint32_t port = 0; port < PORTS; port++) {
		uint32_t class_id = vfg_tables_entry(tables, table, (uint16_t)port);
		struct bits bits;

		if (class_id >= VFG_POLICY_CLASSES_MAX || seen[class_id / 64] >> class_id % 64 & 1)
			continue;
		seen[class_id / 64] |= 1ULL << class_id % 64;
		load(&bits, tables, VFG_DIM_SERVICE, class_id);
		for (uint32_t word = 0; word < tables->policy->words; word++) {
			span.some.word[word] |= bits.word[word];
			span.every.word[word] &= bits.word[word];
		}
	}
	return span;
}

/*
 * A rule that has ports for both TCP and UDP is for any protocol. Icmp is IPv4's: of the rules that
 * ICMP over IPv6 meets, only those for any protocol are meant.
 */
static void mark_service(const struct vfg_tables *tables, const struct vfg_tuple *tuple,
			 struct facts *facts)
{
	const struct vfg_policy *policy = tables->policy;
	const struct span tcp = span_of(tables, policy->service_tcp);
	const struct span udp = span_of(tables, policy->service_udp);
	bool has_ports = tuple->protocol == IPPROTO_TCP || tuple->protocol == IPPROTO_UDP;
	bool lost = tuple->protocol == IPPROTO_ICMP && tuple->family == VFG_IPV6;
	uint16_t port = tuple->direction == VFG_INBOUND ? tuple->local_port : tuple->remote_port;
	struct bits by_tcp, by_udp, other;

	load(&by_tcp, tables, VFG_DIM_SERVICE, vfg_tables_entry(tables, policy->service_tcp, port));
	load(&by_udp, tables, VFG_DIM_SERVICE, vfg_tables_entry(tables, policy->service_udp, port));
	load(&other, tables, VFG_DIM_SERVICE,
	     vfg_tables_entry(tables, policy->service_other, tuple->protocol));
	for (uint32_t word = 0; word < policy->words; word++) {
		uint64_t ported = tcp.some.word[word] | udp.some.word[word];
		uint64_t any = tcp.some.word[word] & udp.some.word[word];
		uint64_t *protocol = &facts->mark[VFG_MARK_PROTOCOL].word[word];
		uint64_t *ports = &facts->mark[VFG_MARK_DESTINATION_PORT].word[word];

		if (!has_ports) {
			*protocol = any | (lost ? 0 : other.word[word]);
			*ports = ~ported | tcp.every.word[word] | udp.every.word[word];
			continue;
		}
		*protocol =
			tuple->protocol == IPPROTO_TCP ? tcp.some.word[word] : udp.some.word[word];
		*ports = ~ported | by_tcp.word[word] | by_udp.word[word];
	}
}

static void mark_source_port(const struct vfg_tables *tables, const struct vfg_tuple *tuple,
			     struct bits *bits)
{
	const struct vfg_policy *policy = tables->policy;
	bool has_ports = tuple->protocol == IPPROTO_TCP || tuple->protocol == IPPROTO_UDP;
	uint16_t port = tuple->direction == VFG_INBOUND ? tuple->remote_port : tuple->local_port;
	size_t bytes = policy->words * sizeof(uint64_t);
	const uint64_t *tested = vfg_tables_at(tables, policy->source_port_words, bytes);

	if (policy->source_port && has_ports) {
		load(bits, tables, VFG_DIM_SOURCE_PORT,
		     vfg_tables_entry(tables, policy->source_port, port));
		return;
	}
	for (uint32_t word = 0; word < policy->words; word++)
		bits->word[word] = tested ? ~tested[word] : 0;
}

static void mark_addresses(const struct vfg_tables *tables, const struct vfg_tuple *tuple,
			   struct facts *facts)
{
	bool inbound = tuple->direction == VFG_INBOUND;
	enum vfg_mark local = inbound ? VFG_MARK_DESTINATION : VFG_MARK_SOURCE;
	enum vfg_mark remote = inbound ? VFG_MARK_SOURCE : VFG_MARK_DESTINATION;
	uint32_t class_id;

	if (vfg_tables_address(tables, VFG_ROLE_LOCAL, tuple, &class_id))
		load(&facts->mark[local], tables, VFG_DIM_LOCAL, class_id);
	if (vfg_tables_address(tables, VFG_ROLE_REMOTE, tuple, &class_id))
		load(&facts->mark[remote], tables, VFG_DIM_REMOTE, class_id);
}

/* Return: does all of the rule match? */
static bool try_rule(const struct facts *facts, uint32_t number, struct vfg_trial *ret_trial)
{
	bool all = true;

	ret_trial->number = number;
	for (int mark = 0; mark < VFG_MARK_MAX; mark++) {
		ret_trial->matched[mark] = has(&facts->mark[mark], number);
		all &= ret_trial->matched[mark];
	}
	return all;
}

static int try_list(struct vfg_arena *arena, const struct vfg_tables *tables,
		    const struct facts *facts, struct vfg_stage_words words,
		    struct vfg_explained_list *ret_list)
{
	const struct vfg_rule_info *first = vfg_tables_rule(tables, words.first * 64U);
	size_t room = (size_t)(words.last - words.first) * 64;
	struct vfg_explained_list list = {
		.id = vfg_tables_text(tables, first ? first->list_offset : 0),
		.name = first ? vfg_tables_list_name(tables, first) : "",
		.stage = vfg_tables_rules(tables)[words.first * 64U].stage,
		.match = VFG_RULE_NONE,
		.trial = vfg_arena_array(arena, room, sizeof(*list.trial)),
	};

	if (!list.trial)
		return -ENOMEM;
	for (uint32_t number = words.first * 64U; number < words.last * 64U; number++) {
		if (!vfg_tables_rule(tables, number))
			continue;
		if (try_rule(facts, number, &list.trial[list.count++])) {
			list.match = number;
			break;
		}
	}
	*ret_list = list;
	return 0;
}

static bool goes_on(const struct vfg_tables *tables, const struct vfg_explained_list *list)
{
	if (list->match == VFG_RULE_NONE)
		return list->stage < VFG_STAGE_SUBNET;
	return vfg_tables_rules(tables)[list->match].action == VFG_ACTION_ALLOW;
}

int vfg_explain(struct vfg_arena *arena, const struct vfg_tables *tables,
		const struct vfg_tuple *tuple, struct vfg_explanation *ret_explanation)
{
	struct vfg_explanation explanation = {.verdict = vfg_tables_judge(tables, tuple)};
	struct facts *facts = vfg_arena_alloc(arena, sizeof(*facts));
	bool going = true;

	if (!facts)
		return -ENOMEM;
	mark_service(tables, tuple, facts);
	mark_source_port(tables, tuple, &facts->mark[VFG_MARK_SOURCE_PORT]);
	mark_addresses(tables, tuple, facts);
	for (int position = 0; position < VFG_STAGE_MAX && going; position++) {
		struct vfg_stage_words words = tables->policy->stage[tuple->direction][position];
		struct vfg_explained_list *list = &explanation.list[explanation.count];
		int err;

		if (words.first == words.last)
			continue;
		err = try_list(arena, tables, facts, words, list);
		if (err)
			return err;
		explanation.count++;
		going = goes_on(tables, list);
	}
	*ret_explanation = explanation;
	return 0;
}
