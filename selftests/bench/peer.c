/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies for nftables, and for iptables with ipset.
 */
#include "peer.h"

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SETS_MAX = 8192,
	PATH_BYTES = 4096,
};

/* The sets of addresses that rules name, each once. */
struct catalogue {
	size_t count;
	const struct vfg_set *set[SETS_MAX];
};

/* Every IPv4 address is in it: no test. */
static bool is_any(const struct vfg_set *set)
{
	const struct vfg_address_range *range = set->range[VFG_IPV4];

	return set->any ||
	       (set->count[VFG_IPV4] == 1 && !range->first && range->last == UINT32_MAX);
}

/* A set that no IPv4 address is in: its rule is left out. */
static bool is_empty(const struct vfg_set *set)
{
	return !set->any && !set->count[VFG_IPV4];
}

static size_t number_of(struct catalogue *catalogue, const struct vfg_set *set)
{
	for (size_t i = 0; i < catalogue->count; i++)
		if (catalogue->set[i] == set)
			return i;
	if (catalogue->count == SETS_MAX)
		abort();
	catalogue->set[catalogue->count] = set;
	return catalogue->count++;
}

static bool matters(const struct vfg_model_rule *rule)
{
	return !is_empty(rule->source) && !is_empty(rule->destination);
}

static void collect(const struct ruleset *ruleset, struct catalogue *catalogue)
{
	const struct vfg_pipeline *in = &ruleset->model->pipeline[VFG_INBOUND];

	for (size_t i = 0; i < in->count; i++) {
		for (size_t j = 0; j < in->list[i]->count; j++) {
			const struct vfg_model_rule *rule = &in->list[i]->rule[j];

			if (!matters(rule))
				continue;
			if (!is_any(rule->source))
				number_of(catalogue, rule->source);
			if (!is_any(rule->destination))
				number_of(catalogue, rule->destination);
		}
	}
}

static FILE *create(const char *folder, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "w");
}

static void write_range(FILE *file, const struct vfg_address_range *range)
{
	uint32_t first = (uint32_t)range->first, last = (uint32_t)range->last;

	fprintf(file, "%u.%u.%u.%u", first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255);
	if (first != last)
		fprintf(file, "-%u.%u.%u.%u", last >> 24, last >> 16 & 255, last >> 8 & 255,
			last & 255);
}

static bool tests_ports(const struct vfg_model_rule *rule)
{
	const struct vfg_ports *ports = &rule->destination_ports;

	return ports->count != 1 || ports->range[0].first || ports->range[0].last != 65535;
}

static void write_ports(FILE *file, const struct vfg_ports *ports, char between)
{
	for (size_t i = 0; i < ports->count; i++) {
		fprintf(file, "%s%u", i ? "," : "", ports->range[i].first);
		if (ports->range[i].first != ports->range[i].last)
			fprintf(file, "%c%u", between, ports->range[i].last);
	}
}

/* Where an allowed packet goes on: the next list, or out. */
static bool is_last(const struct vfg_pipeline *in, size_t list)
{
	return list + 1 == in->count;
}

/* DENY and ALWAYS_ALLOW end the walk. */
static const char *outcome(const struct vfg_model_rule *rule, const char *drop, const char *accept,
			   const char *allow)
{
	switch ((enum vfg_action)rule->action) {
	case VFG_ACTION_DENY:
		return drop;
	case VFG_ACTION_ALWAYS_ALLOW:
		return accept;
	case VFG_ACTION_ALLOW:
		return allow;
	}
	return drop;
}

/* ---- nftables ---- */

static void nft_set(FILE *file, size_t number, const struct vfg_set *set)
{
	fprintf(file, "set s%zu { type ipv4_addr; flags interval; elements = {", number);
	for (size_t i = 0; i < set->count[VFG_IPV4]; i++) {
		fputs(i ? ",\n" : "", file);
		write_range(file, &set->range[VFG_IPV4][i]);
	}
	fprintf(file, "}; }\n");
}

/* The cheaper tests first. */
static void nft_rule(FILE *file, struct catalogue *catalogue, const struct vfg_model_rule *rule,
		     const char *allow)
{
	if (rule->protocol == IPPROTO_TCP || rule->protocol == IPPROTO_UDP)
		fprintf(file, "meta l4proto %u ", rule->protocol);
	else if (rule->protocol == VFG_PROTOCOL_ANY && tests_ports(rule))
		fprintf(file, "meta l4proto { tcp, udp } ");
	else if (rule->protocol != VFG_PROTOCOL_ANY)
		fprintf(file, "ip protocol %u ", rule->protocol);
	if (tests_ports(rule)) {
		fprintf(file, "th dport { ");
		write_ports(file, &rule->destination_ports, '-');
		fprintf(file, " } ");
	}
	if (!is_any(rule->source))
		fprintf(file, "ip saddr @s%zu ", number_of(catalogue, rule->source));
	if (!is_any(rule->destination))
		fprintf(file, "ip daddr @s%zu ", number_of(catalogue, rule->destination));
	fprintf(file, "%s\n", outcome(rule, "drop", "accept", allow));
}

/* Lists from the last one on: a chain is known before it is named. */
static void nft_chains(FILE *file, struct catalogue *catalogue, const struct vfg_pipeline *in)
{
	char allow[32];

	for (size_t i = in->count; i-- > 0;) {
		snprintf(allow, sizeof(allow), is_last(in, i) ? "accept" : "goto list%zu", i + 1);
		fprintf(file, "chain list%zu {\n", i);
		for (size_t j = 0; j < in->list[i]->count; j++)
			if (matters(&in->list[i]->rule[j]))
				nft_rule(file, catalogue, &in->list[i]->rule[j], allow);
		if (in->list[i]->stage == VFG_STAGE_PLATFORM ||
		    in->list[i]->stage == VFG_STAGE_ADMIN)
			fprintf(file, "%s\n}\n", allow);
		else
			fprintf(file, "drop\n}\n");
	}
}

bool peer_write_nft(const struct ruleset *ruleset, const char *folder)
{
	const struct vfg_pipeline *in = &ruleset->model->pipeline[VFG_INBOUND];
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));
	FILE *file = create(folder, "policy.nft");

	if (!catalogue || !file)
		return false;
	collect(ruleset, catalogue);
	fprintf(file, "table ip bench {\n");
	for (size_t i = 0; i < catalogue->count; i++)
		nft_set(file, i, catalogue->set[i]);
	nft_chains(file, catalogue, in);
	fprintf(file, "chain in {\ntype filter hook prerouting priority mangle;\n"
		      "iifname != \"in\" accept\nct state established,related accept\n"
		      "goto list0\n}\n}\n");
	free(catalogue);
	return !fclose(file);
}

/* ---- iptables and ipset ---- */

static bool write_ipset(const struct catalogue *catalogue, const char *folder)
{
	FILE *file = create(folder, "policy.ipset");

	if (!file)
		return false;
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct vfg_set *set = catalogue->set[i];

		fprintf(file, "create s%zu hash:net family inet maxelem 1000000\n", i);
		for (size_t j = 0; j < set->count[VFG_IPV4]; j++) {
			fprintf(file, "add s%zu ", i);
			write_range(file, &set->range[VFG_IPV4][j]);
			fputc('\n', file);
		}
	}
	return !fclose(file);
}

static void iptables_rule(FILE *file, struct catalogue *catalogue,
			  const struct vfg_model_rule *rule, const char *protocol,
			  const char *allow)
{
	if (*protocol)
		fprintf(file, " -p %s", protocol);
	if (tests_ports(rule)) {
		fprintf(file, " -m multiport --dports ");
		write_ports(file, &rule->destination_ports, ':');
	}
	if (!is_any(rule->source))
		fprintf(file, " -m set --match-set s%zu src", number_of(catalogue, rule->source));
	if (!is_any(rule->destination))
		fprintf(file, " -m set --match-set s%zu dst",
			number_of(catalogue, rule->destination));
	fprintf(file, " %s\n", outcome(rule, "-j DROP", "-j ACCEPT", allow));
}

/* A rule of ports for any protocol is two. */
static void iptables_rules(FILE *file, struct catalogue *catalogue, size_t list,
			   const struct vfg_model_rule *rule, const char *allow)
{
	bool both = rule->protocol == VFG_PROTOCOL_ANY && tests_ports(rule);
	char protocol[8] = "";

	if (rule->protocol != VFG_PROTOCOL_ANY)
		snprintf(protocol, sizeof(protocol), "%u", rule->protocol);
	fprintf(file, "-A list%zu", list);
	iptables_rule(file, catalogue, rule, both ? "tcp" : protocol, allow);
	if (!both)
		return;
	fprintf(file, "-A list%zu", list);
	iptables_rule(file, catalogue, rule, "udp", allow);
}

static void iptables_list(FILE *file, struct catalogue *catalogue, const struct vfg_pipeline *in,
			  size_t number)
{
	const struct vfg_list *list = in->list[number];
	bool open = list->stage == VFG_STAGE_PLATFORM || list->stage == VFG_STAGE_ADMIN;
	char allow[32];

	snprintf(allow, sizeof(allow), is_last(in, number) ? "-j ACCEPT" : "-g list%zu",
		 number + 1);
	for (size_t i = 0; i < list->count; i++)
		if (matters(&list->rule[i]))
			iptables_rules(file, catalogue, number, &list->rule[i], allow);
	fprintf(file, "-A list%zu %s\n", number, open ? allow : "-j DROP");
}

bool peer_write_iptables(const struct ruleset *ruleset, const char *folder)
{
	const struct vfg_pipeline *in = &ruleset->model->pipeline[VFG_INBOUND];
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));
	FILE *file = create(folder, "policy.iptables");
	bool written;

	if (!catalogue || !file)
		return false;
	collect(ruleset, catalogue);
	fprintf(file, "*mangle\n");
	for (size_t i = 0; i < in->count; i++)
		fprintf(file, ":list%zu - [0:0]\n", i);
	fprintf(file, "-A PREROUTING ! -i in -j ACCEPT\n"
		      "-A PREROUTING -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n"
		      "-A PREROUTING -g list0\n");
	for (size_t i = 0; i < in->count; i++)
		iptables_list(file, catalogue, in, i);
	fprintf(file, "COMMIT\n");
	written = write_ipset(catalogue, folder);
	free(catalogue);
	return !fclose(file) && written;
}
