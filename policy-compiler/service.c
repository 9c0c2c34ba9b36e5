/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service and source-port classes: the same sweep as for addresses, over the 65,536 ports, written
 * out into direct tables.
 */
#include "service.h"

#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "sweep.h"

enum {
	PORTS = 65536,
	PROTOCOLS = 256,
};

/* Which rules a table of ports is about, and which of their port sets. */
typedef const struct vfg_ports *(*port_chooser)(const struct vfg_model_rule *rule);

static bool has_protocol(const struct vfg_model_rule *rule, uint16_t protocol)
{
	return rule->protocol == VFG_PROTOCOL_ANY || rule->protocol == protocol;
}

static const struct vfg_ports *tcp_ports(const struct vfg_model_rule *rule)
{
	return has_protocol(rule, IPPROTO_TCP) ? &rule->destination_ports : NULL;
}

static const struct vfg_ports *udp_ports(const struct vfg_model_rule *rule)
{
	return has_protocol(rule, IPPROTO_UDP) ? &rule->destination_ports : NULL;
}

static const struct vfg_ports *tested_source_ports(const struct vfg_model_rule *rule)
{
	return vfg_numbering_tests_source(rule) ? &rule->source_ports : NULL;
}

static int collect_edges(const struct vfg_numbering *numbering, struct vfg_arena *arena,
			 port_chooser choose, struct vfg_edges *edges)
{
	uint32_t bits = numbering->words * 64;
	size_t ranges = 0;

	for (uint32_t number = 0; number < bits; number++) {
		const struct vfg_model_rule *rule = numbering->slot[number].rule;
		const struct vfg_ports *ports = rule ? choose(rule) : NULL;

		ranges += ports ? ports->count : 0;
	}
	edges->edge = vfg_arena_array(arena, ranges * 2 + 1, sizeof(*edges->edge));
	if (!edges->edge)
		return -ENOMEM;
	for (uint32_t number = 0; number < bits; number++) {
		const struct vfg_model_rule *rule = numbering->slot[number].rule;
		const struct vfg_ports *ports = rule ? choose(rule) : NULL;
		struct vfg_mask *mask = NULL;

		if (!ports)
			continue;
		if (vfg_mask_add(arena, &mask, number))
			return -ENOMEM;
		for (size_t i = 0; i < ports->count; i++)
			vfg_edges_add(edges, ports->range[i].first, ports->range[i].last, mask);
	}
	return 0;
}

/* A table of classes by port. */
static int build_table(const struct vfg_numbering *numbering, const struct vfg_vector *start,
		       port_chooser choose, struct vfg_vectors *vectors, uint16_t *table)
{
	struct vfg_edges edges = {.end = PORTS - 1};
	struct vfg_intervals intervals;
	size_t at = 0;
	int err;

	err = collect_edges(numbering, vectors->arena, choose, &edges);
	if (err)
		return err;
	err = vfg_sweep(&edges, start, vectors, &intervals);
	if (err)
		return err;
	for (uint32_t port = 0; port < PORTS; port++) {
		if (at + 1 < intervals.count && intervals.interval[at + 1].first == port)
			at++;
		table[port] = (uint16_t)intervals.interval[at].class_id;
	}
	return 0;
}

static bool matches_portless(const struct vfg_model_rule *rule, uint16_t protocol)
{
	if (rule->protocol == VFG_PROTOCOL_ANY)
		return vfg_numbering_all_ports(&rule->source_ports) &&
		       vfg_numbering_all_ports(&rule->destination_ports);
	return rule->protocol == protocol;
}

/* Protocols without ports. The entries of TCP and UDP are never asked; they match nothing. */
static int build_other(const struct vfg_numbering *numbering, struct vfg_vectors *vectors,
		       uint16_t *table)
{
	for (uint16_t protocol = 0; protocol < PROTOCOLS; protocol++) {
		bool portless = protocol != IPPROTO_TCP && protocol != IPPROTO_UDP;
		struct vfg_vector vector = {0};
		uint32_t class_id;
		int err;

		for (uint32_t number = 0; portless && number < numbering->words * 64; number++) {
			const struct vfg_model_rule *rule = numbering->slot[number].rule;

			if (rule && matches_portless(rule, protocol))
				vfg_vector_flip(&vector, number);
		}
		err = vfg_vectors_intern(vectors, &vector, &class_id);
		if (err)
			return err;
		table[protocol] = (uint16_t)class_id;
	}
	return 0;
}

int vfg_service_build(const struct vfg_numbering *numbering, struct vfg_vectors *vectors,
		      struct vfg_pages *pages, struct vfg_policy *ret_policy)
{
	const struct vfg_vector none = {0};
	uint32_t tcp, udp, other;
	int err;

	err = vfg_pages_take(pages, PORTS * sizeof(uint16_t), &tcp);
	if (!err)
		err = vfg_pages_take(pages, PORTS * sizeof(uint16_t), &udp);
	if (!err)
		err = vfg_pages_take(pages, PROTOCOLS * sizeof(uint16_t), &other);
	if (!err)
		err = build_table(numbering, &none, tcp_ports, vectors, vfg_pages_at(pages, tcp));
	if (!err)
		err = build_table(numbering, &none, udp_ports, vectors, vfg_pages_at(pages, udp));
	if (!err)
		err = build_other(numbering, vectors, vfg_pages_at(pages, other));
	if (err)
		return err;
	ret_policy->service_tcp = tcp;
	ret_policy->service_udp = udp;
	ret_policy->service_other = other;
	return 0;
}

int vfg_source_port_build(const struct vfg_numbering *numbering, struct vfg_vectors *vectors,
			  struct vfg_pages *pages, struct vfg_policy *ret_policy)
{
	struct vfg_vector indifferent = {0}, tested = {0};
	uint32_t words, table = 0;
	bool any = false;
	int err;

	for (uint32_t number = 0; number < numbering->words * 64; number++) {
		const struct vfg_model_rule *rule = numbering->slot[number].rule;
		bool tests = rule && vfg_numbering_tests_source(rule);

		any |= tests;
		if (rule)
			vfg_vector_flip(tests ? &tested : &indifferent, number);
	}
	err = vfg_pages_take(pages, numbering->words * sizeof(uint64_t), &words);
	if (err)
		return err;
	memcpy(vfg_pages_at(pages, words), tested.word, numbering->words * sizeof(uint64_t));
	if (any) {
		err = vfg_pages_take(pages, PORTS * sizeof(uint16_t), &table);
		if (!err)
			err = build_table(numbering, &indifferent, tested_source_ports, vectors,
					  vfg_pages_at(pages, table));
		if (err)
			return err;
	}
	ret_policy->source_port_words = words;
	ret_policy->source_port = table;
	return 0;
}
