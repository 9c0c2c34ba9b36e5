/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dump shows of a compiled policy.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>
#include <string.h>

#include "sample.h"

static struct vfg_sample two_lists(void)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_SUBNET, "front");
	struct vfg_list *out = vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_NIC, "back");

	vfg_sample_rule(in, "securityRules/Web", VFG_ACTION_ALLOW);
	vfg_sample_rule(out, "securityRules/Db", VFG_ACTION_ALLOW);
	vfg_sample_rule(out, "defaultSecurityRules/DenyAllOutBound", VFG_ACTION_DENY);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	return sample;
}

Test(dump, text_names_every_rule_under_its_direction_and_list)
{
	struct vfg_sample sample = two_lists();
	static const char *const order[] = {"by hand",
					    "0123456789abcdef",
					    "classes",
					    "maps",
					    "vfg_policy",
					    "Inbound",
					    "subnet: front",
					    "securityRules/Web",
					    "Outbound",
					    "nic: back",
					    "securityRules/Db",
					    "Deny",
					    "defaultSecurityRules/DenyAllOutBound"};
	const char *text, *at;

	cr_assert(zero(int, vfg_dump(sample.arena, &sample.tables, false, &text)));
	at = text;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		cr_assert(ne(ptr, (void *)at, NULL), "%s", order[i]);
	}
	cr_assert(eq(chr, text[strlen(text) - 1], '\n'));
	vfg_arena_free(sample.arena);
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

Test(dump, json_holds_rules_classes_and_all_memory)
{
	struct vfg_sample sample = two_lists();
	struct json_object *object, *rules, *rule;
	const char *text;

	cr_assert(zero(int, vfg_dump(sample.arena, &sample.tables, true, &text)));
	object = json_tokener_parse(text);
	cr_assert(ne(ptr, object, NULL));
	rules = json_object_object_get(object, "rules");
	cr_assert(eq(sz, json_object_array_length(rules), 3));
	rule = json_object_array_get_idx(rules, 2);
	cr_expect(eq(int, json_object_get_int(json_object_object_get(rule, "number")), 65));
	cr_expect(eq(str, (char *)text_of(rule, "direction"), "Outbound"));
	cr_expect(eq(str, (char *)text_of(rule, "stage"), "nic"));
	cr_expect(eq(str, (char *)text_of(rule, "list"), "back"));
	cr_expect(eq(str, (char *)text_of(rule, "action"), "Deny"));
	cr_expect(eq(str, (char *)text_of(object, "sourceDigest"), "0123456789abcdef"));
	cr_expect(eq(int, json_object_get_int(json_object_object_get(object, "words")), 2));
	json_object_put(object);
	vfg_arena_free(sample.arena);
}

static struct json_object *named(struct json_object *object, const char *array, const char *name)
{
	struct json_object *entries = json_object_object_get(object, array);

	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *entry = json_object_array_get_idx(entries, i);

		if (!strcmp(text_of(entry, "name"), name))
			return entry;
	}
	cr_fatal("no %s in %s", name, array);
	return NULL;
}

static int64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

Test(dump, pages_and_maps_add_up)
{
	struct vfg_sample sample = two_lists();
	struct json_object *object, *local, *memory, *map;
	const char *text;

	cr_assert(zero(int, vfg_dump(sample.arena, &sample.tables, true, &text)));
	object = json_tokener_parse(text);
	cr_assert(ne(ptr, object, NULL));
	/* Rules that match everything, two directions: each address has one class. */
	local = named(object, "dimensions", "local");
	cr_expect(eq(i64, number_of(local, "classes"), 1));
	cr_expect(eq(i64, number_of(local, "pages"), 1));
	cr_expect(eq(i64, number_of(local, "bytes"), VFG_POLICY_PAGE_BYTES));
	memory = json_object_object_get(object, "memory");
	cr_expect(eq(i64, number_of(json_object_object_get(memory, "vectors"), "local"),
		     VFG_POLICY_PAGE_BYTES));
	map = named(object, "maps", "vfg_policy");
	cr_expect(eq(i64, number_of(map, "entries"), 1), "a policy of less than a slab");
	cr_expect(eq(i64, number_of(map, "bytes"), VFG_POLICY_SLAB_BYTES));
	cr_expect(eq(i64, number_of(object, "bytes"),
		     (int64_t)(sample.image_bytes - VFG_IMAGE_HEADER_BYTES)));
	map = named(object, "maps", "vfg_rule");
	cr_expect(eq(i64, number_of(map, "entries"), VFG_POLICY_RULES_MAX));
	json_object_put(object);
	vfg_arena_free(sample.arena);
}
