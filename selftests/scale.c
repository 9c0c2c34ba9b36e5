/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large inputs. Prefixes of one rule never overlap, as the platform asks; those of different rules
 * do.
 */
#include "scale.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

enum {
	TAG_SIZE = 100, /* prefixes of most tags */
	/* The platform's file: three quarters are IPv4, and most of IPv6 stands in few /64. */
	IPV6_ONE_IN = 4,
	IPV6_NETWORKS = 3000,
	RULE_PLACES = 1024, /* a power of two, above the rules of an NSG */
	PARTS = 16,	    /* of the address space: prefix i of a rule is in part i */
};

struct writer {
	FILE *out;
	struct vfg_random random;
	const struct vfg_scale *scale;
	uint32_t seat; /* 0 or 1: which NSG */
};

static void write_ipv4(struct writer *writer, uint32_t address, uint32_t length)
{
	if (length < 32)
		address &= ~(UINT32_MAX >> length);
	fprintf(writer->out, "\"%u.%u.%u.%u/%u\"", address >> 24, address >> 16 & 255,
		address >> 8 & 255, address & 255, length);
}

static void write_ipv6(struct writer *writer, uint64_t high, uint64_t low, uint32_t length)
{
	if (length < 64)
		high &= ~(~0ULL >> length);
	low = length <= 64 ? 0 : length < 128 ? low & ~(~0ULL >> (length - 64)) : low;
	fputc('"', writer->out);
	for (int i = 3; i >= 0; i--)
		fprintf(writer->out, "%x:", (unsigned int)(high >> 16 * i & 0xffff));
	for (int i = 3; i >= 0; i--)
		fprintf(writer->out, "%x%s", (unsigned int)(low >> 16 * i & 0xffff), i ? ":" : "");
	fprintf(writer->out, "/%u\"", length);
}

/* ---- service tags ---- */

/* Lengths as they are spread in the platform's file. */
static void write_tag_prefix(struct writer *writer, size_t number)
{
	static const uint8_t ipv4[] = {16, 18, 20, 22, 23, 24, 24, 25, 26, 26, 27, 27,
				       27, 28, 28, 28, 29, 29, 29, 30, 31, 32, 32, 32};
	static const uint8_t ipv6[] = {48,  56,	 59,  63,  64,	64,  120, 121, 121, 121, 122,
				       122, 122, 123, 123, 123, 123, 124, 125, 125, 126, 128};
	struct vfg_random random = {.state = number * 2654435761u + 1};
	uint64_t bits = vfg_random_next(&random);

	if (number % IPV6_ONE_IN) {
		uint32_t address = (uint32_t)bits % (223u << 24) + (1u << 24);

		if (address >> 24 == 10) /* the virtual network's, which no tag names */
			address += 1u << 24;
		write_ipv4(writer, address, ipv4[vfg_random_below(&random, sizeof(ipv4))]);
		return;
	}
	write_ipv6(writer, 0x2603ULL << 48 | (bits % IPV6_NETWORKS) * 0x10001,
		   vfg_random_next(&random) & 0xffff,
		   ipv6[vfg_random_below(&random, sizeof(ipv6))]);
}

static void write_tag(struct writer *writer, const char *name, size_t first, size_t count)
{
	fprintf(writer->out,
		"{\"name\":\"%s\",\"id\":\"%s\",\"properties\":{\"changeNumber\":1,\"region\":\"\","
		"\"regionId\":0,\"platform\":\"Azure\",\"systemService\":\"%s\","
		"\"addressPrefixes\":[",
		name, name, name);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",\n" : "", writer->out);
		write_tag_prefix(writer, first + i);
	}
	fputs("],\"networkFeatures\":[\"API\",\"NSG\",\"UDR\",\"FW\"]}}", writer->out);
}

/* Every prefix is in one of the small tags, and all are in AzureCloud. */
static void write_tags(struct writer *writer)
{
	size_t all = writer->scale->tag_prefixes;
	char name[32];

	fputs("{\"changeNumber\":1,\"cloud\":\"Public\",\"values\":[", writer->out);
	for (size_t first = 0; first < all; first += TAG_SIZE) {
		snprintf(name, sizeof(name), "Service%zu", first / TAG_SIZE);
		write_tag(writer, name, first, all - first < TAG_SIZE ? all - first : TAG_SIZE);
		fputs(",\n", writer->out);
	}
	write_tag(writer, "AzureCloud", 0, all);
	fputs("]}", writer->out);
}

/* ---- rules ---- */

/* Anywhere in its part of the address space: most are single addresses, each with a path of its own
 * in the tries; the others are large, nested in one another, and around different addresses in each
 * part, so that no two addresses are under the same rules. */
static void write_adverse_prefix(struct writer *writer, size_t rule, uint64_t part)
{
	uint64_t high = vfg_random_next(&writer->random) >> 4 | part << 60;
	uint32_t length = rule % 16 ? 128 : 5 + vfg_random_below(&writer->random, 10);

	if (rule % 32 == 31)
		write_ipv4(writer, (uint32_t)(high >> 32), 32);
	else
		write_ipv6(writer, high, vfg_random_next(&writer->random), length);
}

static void write_usual_prefix(struct writer *writer, uint64_t part)
{
	static const uint8_t lengths[] = {16, 20, 24, 24, 24, 27, 28, 32, 32, 32};
	uint32_t bits = (uint32_t)vfg_random_next(&writer->random) & 0xffff0;

	write_ipv4(writer, 10u << 24 | (uint32_t)part << 20 | bits,
		   lengths[vfg_random_below(&writer->random, sizeof(lengths))]);
}

/* Share @index of @all, of @count. */
static size_t share(size_t all, size_t count, size_t index)
{
	return all * (index + 1) / count - all * index / count;
}

static void write_prefixes(struct writer *writer, const char *side, size_t rule)
{
	const struct vfg_scale *scale = writer->scale;
	size_t count = share(scale->values, scale->rules, rule);

	fprintf(writer->out, "\"%sAddressPrefixes\":[", side);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? "," : "", writer->out);
		if (scale->kind == VFG_SCALE_ADVERSE)
			write_adverse_prefix(writer, rule, i * PARTS / count % PARTS);
		else
			write_usual_prefix(writer, i % PARTS);
	}
	fprintf(writer->out, "],");
}

/* Tags stand on the remote side: a source inbound, a destination outbound. */
static void write_addresses(struct writer *writer, const char *side, bool remote, size_t rule)
{
	const struct vfg_scale *scale = writer->scale;
	size_t tags = (scale->tag_prefixes + TAG_SIZE - 1) / TAG_SIZE;

	if (scale->kind == VFG_SCALE_USUAL && remote && tags && rule % 30 == 0)
		fprintf(writer->out, "\"%sAddressPrefix\":\"AzureCloud\",", side);
	else if (scale->kind == VFG_SCALE_USUAL && remote && tags && rule % 3 == 0)
		fprintf(writer->out, "\"%sAddressPrefix\":\"Service%zu\",", side, rule / 3 % tags);
	else if (!scale->values)
		fprintf(writer->out, "\"%sAddressPrefix\":\"*\",", side);
	else
		write_prefixes(writer, side, rule);
}

/* Where in @half ports a rule has its edge: no two rules at the same, in another order for each
 * @edge, so that no two stretches of ports are under the same rules. */
static uint32_t port_step(const struct writer *writer, size_t rule, size_t edge, uint32_t half)
{
	uint32_t place = (uint32_t)(rule * (2 * edge * edge + 6 * edge + 1)) % RULE_PLACES;

	return half / RULE_PLACES * place + half / RULE_PLACES / 2 * writer->seat;
}

/* Adverse: range i of a rule begins in the first half of part i of all ports and ends in the
 * second.
 */
static void write_ports(struct writer *writer, const char *side, size_t rule)
{
	const struct vfg_scale *scale = writer->scale;
	size_t count = share(scale->values, scale->rules, rule);

	if (scale->kind == VFG_SCALE_USUAL) {
		uint32_t port = vfg_random_below(&writer->random, 9000);

		if (*side == 's')
			fprintf(writer->out, "\"sourcePortRange\":\"*\",");
		else
			fprintf(writer->out,
				"\"destinationPortRanges\":[\"%u\",\"%u-%u\",\"443\"],", port,
				port + 10, port + 10 + vfg_random_below(&writer->random, 50));
		return;
	}
	if (!rule) {
		fprintf(writer->out, "\"%sPortRange\":\"*\",", side);
		return;
	}
	fprintf(writer->out, "\"%sPortRanges\":[", side);
	for (size_t i = 0; i < count; i++) {
		uint32_t part = (uint32_t)(i * 65536 / count), half = (uint32_t)(32768 / count);
		uint32_t first = part + port_step(writer, rule, 2 * i, half);
		uint32_t last = part + half + port_step(writer, rule, 2 * i + 1, half) - 1;

		fprintf(writer->out, "%s\"%u-%u\"", i ? "," : "", first, last);
	}
	fprintf(writer->out, "],");
}

/* The first half is inbound, the second outbound. One adverse rule for all of TCP makes each class
 * of ports two: one of TCP, one of UDP. */
static void write_rule(struct writer *writer, size_t rule)
{
	static const char *const usual[] = {"Tcp", "Tcp", "Tcp", "Udp", "*"};
	bool usual_protocol = writer->scale->kind == VFG_SCALE_USUAL;
	bool inbound = rule < (writer->scale->rules + 1) / 2;

	fprintf(writer->out,
		"%s{\"name\":\"Rule%zu\",\"properties\":{\"priority\":%zu,\"direction\":\"%s\","
		"\"access\":\"%s\",",
		rule ? ",\n" : "", rule, 100 + rule, inbound ? "Inbound" : "Outbound",
		rule % 4 == 1 ? "Deny" : "Allow");
	write_addresses(writer, "source", inbound, rule);
	write_addresses(writer, "destination", !inbound, rule);
	write_ports(writer, "source", rule);
	write_ports(writer, "destination", rule);
	fprintf(writer->out, "\"protocol\":\"%s\"}}",
		usual_protocol ? usual[rule % 5]
		: rule	       ? "*"
			       : "Tcp");
}

static void write_nsg(struct writer *writer, const char *name)
{
	fprintf(writer->out, "{\"name\":\"%s\",\"properties\":{\"securityRules\":[", name);
	for (size_t i = 0; i < writer->scale->rules; i++)
		write_rule(writer, i);
	fputs("]}}", writer->out);
}

static void write_subnet_nsg(struct writer *writer)
{
	write_nsg(writer, "subnet-nsg");
}

static void write_nic_nsg(struct writer *writer)
{
	writer->seat = 1;
	writer->random.state = 2;
	write_nsg(writer, "nic-nsg");
}

static void write_admin(struct writer *writer)
{
	static const char *const access[] = {"Deny", "Allow", "AlwaysAllow"};

	fputs("{\"value\":[", writer->out);
	for (size_t i = 0; i < writer->scale->admin_rules; i++) {
		fprintf(writer->out,
			"%s{\"name\":\"Admin%zu\",\"kind\":\"Custom\",\"properties\":{\"priority\":"
			"%zu,\"direction\":\"%s\",\"access\":\"%s\",\"protocol\":\"Tcp\","
			"\"sourcePortRanges\":[\"0-65535\"],\"destinationPortRanges\":[\"%zu\"],"
			"\"destinations\":[{\"addressPrefixType\":\"IPPrefix\",\"addressPrefix\":"
			"\"*\"}],\"sources\":[{\"addressPrefixType\":\"IPPrefix\","
			"\"addressPrefix\":",
			i ? ",\n" : "", i, i + 1, i % 2 ? "Inbound" : "Outbound", access[i % 3],
			20 + i);
		write_usual_prefix(writer, i % PARTS);
		fputs("}]}}", writer->out);
	}
	fputs("]}", writer->out);
}

static int add_source(const struct vfg_scale *scale, struct vfg_scale_input *input,
		      enum vfg_source_kind kind, void (*write)(struct writer *writer))
{
	struct writer writer = {.random.state = 1, .scale = scale};
	struct vfg_source *source = &input->source[input->count];
	char *text;

	writer.out = open_memstream(&text, &source->bytes);
	if (!writer.out)
		return -ENOMEM;
	write(&writer);
	if (fclose(writer.out))
		return -ENOMEM;
	source->kind = kind;
	source->file = "scale.json";
	source->text = text;
	input->count++;
	return 0;
}

int vfg_scale_new(const struct vfg_scale *scale, struct vfg_scale_input *ret_input)
{
	struct vfg_scale_input input = {.tag = {"VirtualNetwork=10.0.0.0/8,2001:db8::/32"}};
	int err = 0;

	if (scale->tag_prefixes)
		err = add_source(scale, &input, VFG_SOURCE_SERVICE_TAGS, write_tags);
	if (!err && scale->admin_rules)
		err = add_source(scale, &input, VFG_SOURCE_ADMIN_RULES, write_admin);
	if (!err)
		err = add_source(scale, &input, VFG_SOURCE_SUBNET_NSG, write_subnet_nsg);
	if (!err && scale->nsgs > 1)
		err = add_source(scale, &input, VFG_SOURCE_NIC_NSG, write_nic_nsg);
	if (err)
		vfg_scale_free(&input);
	else
		*ret_input = input;
	return err;
}

void vfg_scale_free(struct vfg_scale_input *input)
{
	for (size_t i = 0; i < input->count; i++)
		free((char *)input->source[i].text);
	input->count = 0;
}

struct vfg_request vfg_scale_request(const struct vfg_scale_input *input)
{
	return (struct vfg_request){
		.sources = input->source,
		.source_count = input->count,
		.tags = input->tag,
		.tag_count = 1,
	};
}
