/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real service tags files, where they are at hand: the verdict by a tag is what a plain look
 * through the file says, for every prefix and for addresses around and between them.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/json.h"
#include "fixture.h"
#include "generate.h"

#define DATA "../shared/data/service-tags/"

enum {
	TAGS = 320,	    /* of a file, spread over it */
	PORT_FIRST = 10000, /* the first tag's; each has its own */
	TRIES = 24,	    /* random addresses a tag, and as many inside and beside it */
};

static const char *const files[] = {
	DATA "ServiceTags_AzureGovernment_20260713.json",
	DATA "ServiceTags_Public_20201012.json",
	DATA "ServiceTags_Public_20240429.json",
};

/* An address in wire order; length: of a prefix. */
struct wire {
	int family; /* AF_INET, AF_INET6 */
	unsigned char byte[16];
	int length;
};

static struct fixture fixture;
static struct vfg_tables tables;
static struct vfg_random dice;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
	dice.state = 20240429;
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(tagfile, .init = set_up, .fini = tear_down);

static struct wire wire_of(const char *prefix)
{
	struct wire wire = {.family = strchr(prefix, ':') ? AF_INET6 : AF_INET};
	const char *slash = strchr(prefix, '/');
	char address[64] = "";

	cr_assert(slash && slash - prefix < 64, "%s", prefix);
	memcpy(address, prefix, (size_t)(slash - prefix));
	cr_assert_eq(inet_pton(wire.family, address, wire.byte), 1, "%s", prefix);
	wire.length = atoi(slash + 1);
	return wire;
}

static bool prefix_has(const struct wire *prefix, const struct wire *address)
{
	int whole = prefix->length / 8, rest = prefix->length % 8;

	if (prefix->family != address->family || memcmp(prefix->byte, address->byte, (size_t)whole))
		return false;
	return !rest || !((prefix->byte[whole] ^ address->byte[whole]) >> (8 - rest));
}

static bool tag_has(const struct wire *prefix, size_t count, const struct wire *address)
{
	for (size_t i = 0; i < count; i++) {
		if (prefix_has(&prefix[i], address))
			return true;
	}
	return false;
}

/* The prefix with its host bits set to 0 (first), 1 (last) or at random. */
static struct wire inside(const struct wire *prefix, int fill)
{
	struct wire wire = *prefix;

	for (int bit = prefix->length; bit < (wire.family == AF_INET ? 32 : 128); bit++) {
		unsigned char mask = (unsigned char)(0x80 >> bit % 8);

		if (fill == 1 || (fill == 2 && vfg_random_below(&dice, 2)))
			wire.byte[bit / 8] |= mask;
	}
	return wire;
}

/* One further than the last of the prefix, or one before its first. */
static struct wire beside(const struct wire *prefix, bool after)
{
	struct wire wire = inside(prefix, after ? 1 : 0);
	unsigned char edge = after ? 0xff : 0;

	for (int i = wire.family == AF_INET ? 3 : 15; i >= 0; i--) {
		wire.byte[i] = (unsigned char)(wire.byte[i] + (after ? 1 : -1));
		if (wire.byte[i] != (unsigned char)~edge)
			break;
	}
	return wire;
}

static struct wire anywhere(void)
{
	struct wire wire = {.family = vfg_random_below(&dice, 2) ? AF_INET : AF_INET6};

	for (int i = 0; i < 16; i++)
		wire.byte[i] = (unsigned char)vfg_random_next(&dice);
	if (wire.family == AF_INET6)
		memcpy(wire.byte, "\x26\x03\x10", 3);
	return wire;
}

static struct vfg_tuple tuple_of(const struct wire *address, size_t index)
{
	struct vfg_tuple tuple = {
		.direction = VFG_INBOUND,
		.family = address->family == AF_INET ? VFG_IPV4 : VFG_IPV6,
		.protocol = 6,
		.local_port = (uint16_t)(PORT_FIRST + index),
		.remote_port = 50000,
	};

	memcpy(tuple.remote, address->byte, sizeof(tuple.remote));
	cr_assert_eq(inet_pton(address->family,
			       address->family == AF_INET ? "192.0.2.4" : "2001:db8:7::4",
			       tuple.local),
		     1);
	return tuple;
}

static void check_address(const char *tag, size_t index, const struct wire *address, bool wanted,
			  bool by_model)
{
	struct vfg_tuple tuple = tuple_of(address, index);
	struct vfg_verdict verdict = vfg_tables_judge(&tables, &tuple);
	char text[INET6_ADDRSTRLEN];

	inet_ntop(address->family, address->byte, text, sizeof(text));
	cr_expect_eq(verdict.allow, wanted, "tables: %s: %s", tag, text);
	if (!by_model)
		return;
	verdict = vfg_model_judge(fixture.model, &tuple);
	cr_expect_eq(verdict.allow, wanted, "model: %s: %s", tag, text);
}

static void check_tag(struct json_object *value, size_t index)
{
	const char *name = vfg_json_text(fixture.arena, vfg_json_member(value, "name"));
	struct json_object *texts =
		vfg_json_array(vfg_json_member(value, "properties"), "addressPrefixes");
	size_t count = json_object_array_length(texts);
	struct wire *prefix = vfg_arena_array(fixture.arena, count, sizeof(*prefix));

	for (size_t i = 0; i < count; i++)
		prefix[i] = wire_of(json_object_get_string(json_object_array_get_idx(texts, i)));
	for (size_t i = 0; i < count; i++) {
		struct wire first = inside(&prefix[i], 0), last = inside(&prefix[i], 1);

		check_address(name, index, &first, true, false);
		check_address(name, index, &last, true, false);
	}
	for (int i = 0; i < TRIES; i++) {
		const struct wire *one = &prefix[vfg_random_below(&dice, (uint32_t)count)];
		struct wire near = beside(one, i % 2), far = anywhere(), in = inside(one, 2);

		check_address(name, index, &in, true, i < 2);
		check_address(name, index, &near, tag_has(prefix, count, &near), i < 2);
		check_address(name, index, &far, tag_has(prefix, count, &far), i < 2);
	}
}

/* One rule a tag: what comes from it is let in at the tag's own port. */
static const char *nsg_of(struct json_object *values, size_t step, size_t tags)
{
	char *text = vfg_arena_alloc(fixture.arena, tags * 512 + 512);
	size_t used = (size_t)sprintf(text, "{'name':'nsg','securityRules':[");

	for (size_t i = 0; i < tags; i++) {
		struct json_object *value = json_object_array_get_idx(values, i * step);

		used += (size_t)sprintf(
			text + used,
			"%s{'name':'r%zu','protocol':'Tcp','access':'Allow',"
			"'direction':'Inbound','priority':%zu,'sourcePortRange':'*',"
			"'destinationPortRange':'%zu','destinationAddressPrefix':'*',"
			"'sourceAddressPrefix':'%s'}",
			i ? "," : "", i, 100 + i, PORT_FIRST + i,
			vfg_json_text(fixture.arena, vfg_json_member(value, "name")));
	}
	sprintf(text + used, "]}");
	return text;
}

static void compile(const char *file, const char *text, size_t bytes, const char *nsg)
{
	void *image;
	size_t image_bytes;

	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, nsg);
	fixture_add_bytes(&fixture, VFG_SOURCE_SERVICE_TAGS, file, text, bytes);
	fixture_read(&fixture);
	cr_assert(fixture.model, "%s:%s", file, fixture_messages(&fixture));
	cr_assert_eq(
		vfg_image_write(fixture.arena, fixture.model, &fixture.diag, &image, &image_bytes),
		0);
	cr_assert_eq(vfg_image_open(image, image_bytes, &fixture.diag, &tables), 0);
}

static void check_file(const char *file)
{
	size_t bytes, count, step, tags;
	const char *text = fixture_load(&fixture, file, &bytes);
	struct json_object *tree, *values;

	if (!text) {
		cr_log_warn("%s is not here: the test is empty", file);
		return;
	}
	cr_assert_eq(vfg_json_parse(&fixture.diag, file, text, bytes, &tree), 0);
	values = vfg_json_array(tree, "values");
	count = json_object_array_length(values);
	step = count > TAGS ? count / TAGS : 1;
	tags = count / step;
	compile(file, text, bytes, nsg_of(values, step, tags));
	for (size_t i = 0; i < tags; i++)
		check_tag(json_object_array_get_idx(values, i * step), i);
	json_object_put(tree);
}

Test(tagfile, the_verdict_by_a_tag_is_what_the_file_of_the_government_cloud_says)
{
	check_file(files[0]);
}

Test(tagfile, the_verdict_by_a_tag_is_what_the_public_file_of_2020_says)
{
	check_file(files[1]);
}

Test(tagfile, the_verdict_by_a_tag_is_what_the_public_file_of_2024_says)
{
	check_file(files[2]);
}
