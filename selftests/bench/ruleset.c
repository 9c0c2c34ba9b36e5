/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies that are measured. Their packets are pick.c's.
 */
#include "ruleset.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sample.h"
#include "../scale.h"

#define REAL_TAGS "../shared/data/service-tags/ServiceTags_Public_20240429.json"
#define NETWORK	  "VirtualNetwork=10.0.0.0/8,2001:db8::/32"
#define PROVIDER  "AzurePlatformLKM=20.118.99.224" /* a tag that no file has */

enum {
	ARENA_MB = 2048,
	TAGS_MAX = 8192,
	TAGS_USUAL = 50000, /* prefixes of generated tags: as many as in the platform's file */
	/* Rule i is ... */
	OUTBOUND_EVERY = 4,
	INTERNET_EVERY = 10,
	INTERNET_PORT = 8000,
};

/* Names of service tags, and the text that defines them. */
struct tags {
	char *text;
	size_t bytes;
	bool real;
	struct json_object *tree; /* names point into it */
	size_t count;
	const char *name[TAGS_MAX];
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	abort();
}

static bool read_file(const char *path, struct tags *tags)
{
	FILE *file = fopen(path, "r"), *copy;
	int byte;

	if (!file)
		return false;
	copy = open_memstream(&tags->text, &tags->bytes);
	must(copy, "memory");
	while ((byte = getc(file)) != EOF)
		putc(byte, copy);
	fclose(file);
	return !fclose(copy);
}

static void generate_tags(struct tags *tags, size_t prefixes)
{
	const struct vfg_scale scale = {VFG_SCALE_USUAL, 1, 10, 40, prefixes, 0};
	struct vfg_scale_input input;

	must(!vfg_scale_new(&scale, &input), "generated tags");
	must(input.source[0].kind == VFG_SOURCE_SERVICE_TAGS, "generated tags");
	tags->bytes = input.source[0].bytes;
	tags->text = strndup(input.source[0].text, input.source[0].bytes);
	vfg_scale_free(&input);
}

static void name_tags(struct tags *tags)
{
	struct json_object *values, *name;

	tags->tree = json_tokener_parse(tags->text);
	must(json_object_object_get_ex(tags->tree, "values", &values), "tags");
	for (size_t i = 0; i < json_object_array_length(values) && tags->count < TAGS_MAX; i++)
		if (json_object_object_get_ex(json_object_array_get_idx(values, i), "name", &name))
			tags->name[tags->count++] = json_object_get_string(name);
	must(tags->count > 0, "tags");
}

/* ---- the usual policy ---- */

struct writer {
	FILE *out;
	const struct tags *tags;
	struct vfg_random random;
	size_t seat; /* which NSG */
	size_t rules;
};

static void write_tagged(struct writer *writer, size_t rule, bool inbound)
{
	size_t number = writer->seat * writer->rules + rule;
	const char *tag = writer->tags->name[number % writer->tags->count];
	bool local = vfg_random_below(&writer->random, 2);
	uint32_t port = 1 + vfg_random_below(&writer->random, 60000);

	fprintf(writer->out,
		"\"access\":\"%s\",\"protocol\":\"%s\",\"sourceAddressPrefix\":\"%s\","
		"\"destinationAddressPrefix\":\"%s\",",
		vfg_random_below(&writer->random, 3) ? "Allow" : "Deny",
		vfg_random_below(&writer->random, 4) ? "Tcp" : "Udp", inbound ? tag : "*",
		!inbound ? tag
		: local	 ? "VirtualNetwork"
			 : "*");
	if (vfg_random_below(&writer->random, 2))
		fprintf(writer->out, "\"destinationPortRange\":\"%u-%u\"", port,
			port + vfg_random_below(&writer->random, 100));
	else
		fprintf(writer->out, "\"destinationPortRanges\":[\"%u\",\"%u\"]", port,
			port % 60000 + 2);
}

static void write_rule(struct writer *writer, size_t rule)
{
	bool inbound = rule % OUTBOUND_EVERY != OUTBOUND_EVERY - 1;

	fprintf(writer->out,
		"%s{\"name\":\"Rule%zu\",\"properties\":{\"priority\":%zu,\"direction\":\"%s\","
		"\"sourcePortRange\":\"*\",",
		rule ? "," : "", rule, 100 + rule, inbound ? "Inbound" : "Outbound");
	if (rule % INTERNET_EVERY == 0)
		fprintf(writer->out,
			"\"access\":\"Allow\",\"protocol\":\"Tcp\",\"sourceAddressPrefix\":\"%s\","
			"\"destinationAddressPrefix\":\"*\",\"destinationPortRange\":\"%zu\"",
			inbound ? "Internet" : "*", INTERNET_PORT + rule);
	else
		write_tagged(writer, rule, inbound);
	fputs("}}", writer->out);
}

static void write_nsg(const struct tags *tags, size_t seat, size_t rules, struct vfg_source *source)
{
	struct writer writer = {.tags = tags, .seat = seat, .rules = rules, .random = {seat + 1}};
	char *text;

	writer.out = open_memstream(&text, &source->bytes);
	must(writer.out, "memory");
	fprintf(writer.out, "{\"name\":\"%s\",\"properties\":{\"securityRules\":[",
		seat ? "nic-nsg" : "subnet-nsg");
	for (size_t i = 0; i < rules; i++)
		write_rule(&writer, i);
	fputs("]}}", writer.out);
	must(!fclose(writer.out), "memory");
	source->kind = seat ? VFG_SOURCE_NIC_NSG : VFG_SOURCE_SUBNET_NSG;
	source->file = seat ? "nic-nsg.json" : "subnet-nsg.json";
	source->text = text;
}

static void complain(const struct ruleset *ruleset, const struct vfg_diag *diag, const char *what)
{
	for (const struct vfg_message *message = diag->first; message; message = message->next)
		if (message->severity == VFG_ERROR)
			fprintf(stderr, "%s\n",
				vfg_report_message(ruleset->arena, "bench", message));
	errno = EINVAL;
	must(false, what);
}

static struct ruleset compile(struct vfg_arena *arena, struct vfg_model *model,
			      struct vfg_diag *diag)
{
	struct ruleset ruleset = {.arena = arena, .model = model};
	void *image;

	if (vfg_image_write(arena, model, diag, &image, &ruleset.image_bytes) ||
	    vfg_image_open(image, ruleset.image_bytes, diag, &ruleset.tables))
		complain(&ruleset, diag, "policy");
	ruleset.image = image;
	return ruleset;
}

struct ruleset ruleset_usual(size_t rules, size_t prefixes)
{
	static const char *const definitions[] = {NETWORK, PROVIDER};
	struct vfg_source source[3] = {{VFG_SOURCE_SERVICE_TAGS, "tags.json"}};
	struct tags tags = {};
	struct ruleset ruleset = {.arena = vfg_arena_new((size_t)ARENA_MB << 20)};
	struct vfg_diag diag = {.arena = ruleset.arena};
	struct vfg_request request = {
		.sources = source, .source_count = 3, .tags = definitions, .tag_count = 2};

	must(ruleset.arena, "memory");
	tags.real = !prefixes && read_file(REAL_TAGS, &tags);
	if (!tags.real)
		generate_tags(&tags, prefixes ? prefixes : TAGS_USUAL);
	name_tags(&tags);
	source[0].text = tags.text;
	source[0].bytes = tags.bytes;
	for (size_t seat = 0; seat < 2; seat++)
		write_nsg(&tags, seat, (rules + 1 - seat) / 2, &source[1 + seat]);
	if (vfg_model_read(ruleset.arena, &request, &diag, &ruleset.model))
		complain(&ruleset, &diag, "policy");
	ruleset = compile(ruleset.arena, ruleset.model, &diag);
	ruleset.real_tags = tags.real;
	for (int i = 0; i < 3; i++)
		free((char *)source[i].text);
	json_object_put(tags.tree);
	return ruleset;
}

/* ---- the adverse one ---- */

static const struct vfg_set *random_set(struct vfg_arena *arena, struct vfg_random *random)
{
	struct vfg_address_range range[RULESET_ADVERSE_PREFIXES];

	for (size_t i = 0; i < RULESET_ADVERSE_PREFIXES; i++) {
		uint32_t length = 12 + vfg_random_below(random, 21);
		uint32_t first = (uint32_t)vfg_random_next(random) &
				 (uint32_t)(0xffffffffULL << (32 - length));

		range[i].first = first;
		range[i].last = first | (uint32_t)(0xffffffffULL >> length);
	}
	return vfg_generate_set(arena, VFG_IPV4, range, RULESET_ADVERSE_PREFIXES);
}

struct ruleset ruleset_adverse(void)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_list *out = vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_random random = {3};
	struct vfg_model *model = vfg_arena_alloc(sample.arena, sizeof(*model));
	struct ruleset ruleset;

	for (size_t i = 0; i < RULESET_RULES; i++) {
		struct vfg_model_rule *rule =
			vfg_sample_rule(in, "rule", i % 3 ? VFG_ACTION_ALLOW : VFG_ACTION_DENY);
		uint16_t port = (uint16_t)(1 + vfg_random_below(&random, 60000));

		rule->protocol = 6;
		rule->source = random_set(sample.arena, &random);
		rule->destination = random_set(sample.arena, &random);
		rule->destination_ports = vfg_sample_ports(&sample, port, (uint16_t)(port + 99));
	}
	vfg_sample_rule(in, "DenyIn", VFG_ACTION_DENY);
	vfg_sample_rule(out, "AllowOut", VFG_ACTION_ALLOW);
	must(model, "memory");
	*model = sample.model;
	sample.diag.arena = sample.arena;
	ruleset = compile(sample.arena, model, &sample.diag);
	ruleset.many_locals = true;
	return ruleset;
}

void ruleset_free(struct ruleset *ruleset)
{
	vfg_arena_free(ruleset->arena);
	*ruleset = (struct ruleset){};
}
