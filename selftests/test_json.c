/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON as it comes: byte order marks, broken and hostile texts.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/json.h"
#include "fixture.h"

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(json, .init = set_up, .fini = tear_down);

/* text, its length where it holds NULs, the code wanted or NULL where it is taken. */
static const struct {
	const char *name;
	const char *text;
	size_t bytes;
	const char *code;
	const char *says;
} texts[] = {
	{"an object", "{\"a\":1}", 0, NULL, NULL},
	{"an array", "[1,2]", 0, NULL, NULL},
	{"blanks around it", " \r\n\t{\"a\":1}\n\n", 0, NULL, NULL},
	{"a byte order mark", "\xef\xbb\xbf{\"a\":1}", 0, NULL, NULL},
	{"nothing", "", 0, "InvalidJson", "empty"},
	{"blanks only", " \n ", 0, "InvalidJson", "empty"},
	{"a cut object", "{\"a\":", 0, "InvalidJson", "too early"},
	{"a cut string", "{\"a\":\"b", 0, "InvalidJson", "too early"},
	{"text after the object", "{\"a\":1} x", 0, "InvalidJson", "line 1"},
	{"a second object", "{\"a\":1}\n{\"b\":1}", 0, "InvalidJson", "line 2"},
	{"a NUL after the object", "{\"a\":1}\0{\"b\":1}", 15, "InvalidJson", "unexpected"},
	{"a NUL in the object", "{\"a\"\0:1}", 8, "InvalidJson", NULL},
	{"a comment", "{/* */\"a\":1}", 0, "InvalidJson", NULL},
	{"single quotes", "{'a':1}", 0, "InvalidJson", NULL},
	{"a comma too many", "{\"a\":1,}", 0, "InvalidJson", NULL},
	{"a string alone", "\"a\"", 0, "InvalidJson", "neither"},
	{"a number alone", "1 ", 0, "InvalidJson", NULL},
	{"a string that ends with the file", "{\"a\":\"b\\", 0, "InvalidJson", "too early"},
	{"half a surrogate pair", "{\"a\":\"\\ud800\"}", 0, NULL, NULL},
	{"the wrong half of one", "{\"a\":\"\\udc00\\ud800\"}", 0, NULL, NULL},
	{"an escape that is none", "{\"a\":\"\\x41\"}", 0, "InvalidJson", "line 1"},
	{"a control character", "{\"a\":\"\x01\"}", 0, "InvalidJson", "control"},
	{"a NUL in a string", "{\"a\":\"b\0c\"}", 11, "InvalidJson", NULL},
	{"a byte order mark inside", "{\"a\":\xef\xbb\xbf\"b\"}", 0, "InvalidJson", NULL},
	{"two byte order marks", "\xef\xbb\xbf\xef\xbb\xbf{}", 0, "InvalidJson", NULL},
	{"a byte order mark alone", "\xef\xbb\xbf", 0, "InvalidJson", NULL},
	{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", 0, "InvalidJson", "UTF-8"},
	{"a number beyond all", "[1e999]", 0, NULL, NULL},
	{"a number that overflows", "[99999999999999999999]", 0, NULL, NULL},
	{"a plus sign", "[+1]", 0, "InvalidJson", NULL},
	{"a leading zero", "[01]", 0, "InvalidJson", NULL},
	{"NaN", "[NaN]", 0, "InvalidJson", "NaN"},
	{"minus infinity", "[-Infinity]", 0, "InvalidJson", "Infinity"},
	{"lines in a string", "{\"a\":\"b\n\tc\"}", 0, NULL, NULL},
	{"a surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", 0, "InvalidJson", "UTF-8"},
	{"UTF-8 of five bytes", "{\"a\":\"\xf8\x88\x80\x80\x80\"}", 0, "InvalidJson", "UTF-8"},
	{"UTF-8 beyond Unicode", "{\"a\":\"\xf4\x90\x80\x80\"}", 0, "InvalidJson", "UTF-8"},
	{"the ends of UTF-8",
	 "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", 0, NULL,
	 NULL},
	{"a double quote in single quotes", "{'\"':[0,0]}", 0, "InvalidJson", "single quote"},
	{"a single quote in a string", "{\"it's\":\"'\"}", 0, NULL, NULL},
	{"brackets in a string", "[\"[[[[{{{{]]]],,,,\\\"[\"]", 0, NULL, NULL},
	{"a bracket too many", "[]]", 0, "InvalidJson", "unexpected"},
	{"UTF-16 without a mark", "{\0\"\0a\0\"\0:\0001\0}\0", 14, "InvalidJson", NULL},
	{"UTF-16, big end first", "\xfe\xff\0{\0}", 6, "InvalidJson", "UTF-16"},
	{"invalid UTF-8", "{\"a\":\"\xc3\x28\"}", 0, "InvalidJson", "UTF-8"},
	{"UTF-16", "\xff\xfe{\0}\0", 6, "InvalidJson", "UTF-16"},
	{"a field twice", "{\"a\":1,\n\"b\":{\"c\":1,\"c\":2}}", 0, "DuplicateField", "line 2"},
	{"a field twice but for case", "{\"Name\":1,\"name\":2}", 0, "DuplicateField", "name"},
	{"a field twice, apart", "[{\"a\":{\"a\":1},\"b\":\"a\"},{\"a\":1}]", 0, NULL, NULL},
	{"a field twice, once escaped", "{\"access\":1,\"acces\\u0073\":2}", 0, "InvalidJson",
	 "escape"},
	{"a field with a NUL in its name", "{\"access\\u0000\":1}", 0, "InvalidJson", "escape"},
	{"a field with an escaped backslash", "{\"\\\\u0061\":1,\"a\":2}", 0, NULL, NULL},
	{"names that writers escape", "{\"\\\"\\u0027\\u00e9\":1}", 0, NULL, NULL},
	{"a quote in a string", "{\"a\":\"\\\"b\\\":\",\"b\":\"\\\\\",\"c\":1}", 0, NULL, NULL},
};

Test(json, texts_are_taken_or_refused_by_name)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct json_object *tree = NULL;
		size_t bytes = texts[i].bytes ? texts[i].bytes : strlen(texts[i].text);
		int err;

		fixture.diag.first = fixture.diag.last = NULL;
		err = vfg_json_parse(&fixture.diag, "f", texts[i].text, bytes, &tree);
		cr_expect_eq(err != 0, texts[i].code != NULL, "%s:%s", texts[i].name,
			     fixture_messages(&fixture));
		if (texts[i].code && fixture.diag.first) {
			cr_expect_str_eq(fixture.diag.first->code, texts[i].code, "%s",
					 texts[i].name);
			cr_expect(!texts[i].says || strstr(fixture.diag.first->text, texts[i].says),
				  "%s: %s", texts[i].name, fixture.diag.first->text);
		}
		json_object_put(tree);
	}
}

/* An object of @count fields, of which the last is named as @last is, if that is not negative. */
static int read_fields(int count, int last)
{
	static char text[32 * 2048];
	struct json_object *tree = NULL;
	size_t bytes = 0;
	int err;

	for (int i = 0; i < count; i++)
		bytes += (size_t)sprintf(text + bytes, "%c\"f%d\":1", i ? ',' : '{',
					 i == count - 1 && last >= 0 ? last : i);
	text[bytes++] = '}';
	fixture.diag.first = fixture.diag.last = NULL;
	err = vfg_json_parse(&fixture.diag, "f", text, bytes, &tree);
	json_object_put(tree);
	return err;
}

Test(json, no_field_is_forgotten_in_a_full_object)
{
	cr_expect_eq(read_fields(1024, -1), 0);
	cr_expect_eq(read_fields(66, 64), -EINVAL);
	cr_expect_str_eq(fixture.diag.first->code, "DuplicateField");
	cr_expect_eq(read_fields(1024, 0), -EINVAL);
	cr_expect_str_eq(fixture.diag.first->code, "DuplicateField");
	cr_expect_eq(read_fields(1025, -1), -EINVAL);
	cr_expect_str_eq(fixture.diag.first->code, "InvalidJson");
	cr_expect(strstr(fixture.diag.first->text, "\"f1024\" is one too many"));
}

Test(json, nesting_ends_at_the_limit)
{
	char text[2 * 200];
	struct json_object *tree = NULL;
	static const struct {
		size_t depth;
		int err;
	} rows[] = {{30, 0}, {64, 0}, {65, -EINVAL}, {200, -EINVAL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(text, '[', rows[i].depth);
		memset(text + rows[i].depth, ']', rows[i].depth);
		tree = NULL;
		cr_expect_eq(vfg_json_parse(&fixture.diag, "f", text, 2 * rows[i].depth, &tree),
			     rows[i].err, "%zu levels", rows[i].depth);
		json_object_put(tree);
	}
	cr_expect_eq(fixture.diag.errors, 2);
	cr_expect(strstr(fixture.diag.first->text, "65 objects and arrays inside one another"));
	cr_expect(strstr(fixture.diag.last->text, "200 objects and arrays inside one another"));
}

Test(json, nesting_is_counted_on_the_way_down_only)
{
	static char text[3 * 1000 + 1];
	struct json_object *tree = NULL;

	text[0] = '[';
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 1 + i * 3, "[],", 3);
	text[3000] = ']';
	cr_expect_eq(vfg_json_parse(&fixture.diag, "f", text, 3001, &tree), 0);
	json_object_put(tree);
}

Test(json, a_file_beyond_the_limit_is_refused_unread)
{
	struct json_object *tree;

	cr_assert_eq(vfg_json_parse(&fixture.diag, "f", "", VFG_JSON_BYTES_MAX + 1u, &tree),
		     -EINVAL);
	cr_assert_str_eq(fixture.diag.first->code, "SourceTooLarge");
}

Test(json, members_are_found_whatever_their_case)
{
	static const char text[] = "{\"SecurityRules\":[1],\"priority\":\"100\",\"n\":null}";
	struct json_object *tree;

	cr_assert_eq(vfg_json_parse(&fixture.diag, "f", text, sizeof(text) - 1, &tree), 0);
	cr_expect(vfg_json_array(tree, "securityRules"));
	cr_expect_str_eq(vfg_json_text(fixture.arena, vfg_json_member(tree, "Priority")), "100");
	cr_expect_null(vfg_json_member(tree, "n"));
	cr_expect_null(vfg_json_member(tree, "m"));
	cr_expect_null(vfg_json_member(vfg_json_member(tree, "priority"), "m"));
	cr_expect_null(vfg_json_array(tree, "priority"));
	json_object_put(tree);
}

Test(json, a_nul_in_a_string_hides_nothing)
{
	static const char text[] = "{\"a\":\"10.0.0.0/8\\u0000x\"}";
	struct json_object *tree;

	cr_assert_eq(vfg_json_parse(&fixture.diag, "f", text, sizeof(text) - 1, &tree), 0);
	cr_expect_str_eq(vfg_json_text(fixture.arena, vfg_json_member(tree, "a")), "10.0.0.0/8?x");
	json_object_put(tree);
}

Test(json, messages_stay_on_one_line)
{
	struct vfg_place place = {.file = "a\nb", .rule = "c\x1b[2J", .field = "d"};

	vfg_diag_add(&fixture.diag, VFG_ERROR, place, "Code", "x\r\ny");
	cr_expect_str_eq(vfg_report_message(fixture.arena, "nsgc", fixture.diag.first),
			 "nsgc: a?b: rule c?[2J: d: Code: x??y");
}

Test(json, the_envelope_carries_every_error_and_warning)
{
	struct vfg_place place = {.file = "f", .rule = "r", .field = "d"};

	cr_expect_str_eq(vfg_report_diag(fixture.arena, &fixture.diag),
			 "{\"error\":null,\"warnings\":[]}");
	vfg_diag_add(&fixture.diag, VFG_WARNING, place, "W", "w");
	vfg_diag_add(&fixture.diag, VFG_ERROR, place, "E", "a/\"b\"");
	vfg_diag_add(&fixture.diag, VFG_ERROR, (struct vfg_place){0}, "F", "f");
	cr_expect_str_eq(
		vfg_report_diag(fixture.arena, &fixture.diag),
		"{\"error\":{\"code\":\"E\",\"message\":\"a/\\\"b\\\"\",\"details\":["
		"{\"code\":\"E\",\"message\":\"a/\\\"b\\\"\",\"target\":{\"file\":\"f\",\"rule\":"
		"\"r\",\"field\":\"d\"}},"
		"{\"code\":\"F\",\"message\":\"f\",\"target\":{\"file\":\"\",\"rule\":\"\","
		"\"field\":\"\"}}]},"
		"\"warnings\":[{\"code\":\"W\",\"message\":\"w\",\"target\":{\"file\":\"f\","
		"\"rule\":\"r\",\"field\":\"d\"}}]}");
}

Test(json, without_memory_the_last_message_still_finds_room)
{
	struct vfg_arena *small = vfg_arena_new(64);
	struct vfg_diag diag = {.arena = small};

	cr_assert(small);
	for (int i = 0; i < 3; i++)
		vfg_diag_add(&diag, VFG_ERROR, (struct vfg_place){0}, "Code", "text %d", i);
	cr_expect_eq(diag.errors, 3);
	cr_expect_str_eq(diag.first->code, "OutOfMemory");
	cr_expect_null(diag.first->next);
	cr_expect_null(vfg_arena_alloc(small, 65));
	cr_expect_null(vfg_arena_array(small, (size_t)-1 / 2, 4));
	vfg_arena_free(small);
}

/* priority as JSON, the code wanted or NULL. */
static const struct {
	const char *json;
	const char *code;
} numbers[] = {
	{"100", NULL},
	{"'100'", NULL},
	{"4096", NULL},
	{"1.0", "SecurityRuleInvalidPriority"},
	{"100.0", "SecurityRuleInvalidPriority"},
	{"1e2", "SecurityRuleInvalidPriority"},
	{"1e999", "SecurityRuleInvalidPriority"},
	{"-1e999", "SecurityRuleInvalidPriority"},
	{"-0", "SecurityRuleInvalidPriority"},
	{"-100", "SecurityRuleInvalidPriority"},
	{"0", "SecurityRuleInvalidPriority"},
	{"65636", "SecurityRuleInvalidPriority"}, /* 100 in 16 bits */
	{"4294967396", "SecurityRuleInvalidPriority"},
	{"18446744073709551615", "SecurityRuleInvalidPriority"},
	{"99999999999999999999", "SecurityRuleInvalidPriority"},
	{"' 100'", "SecurityRuleInvalidPriority"},
	{"'100\\u0000'", "SecurityRuleInvalidPriority"},
};

Test(json, numbers_mean_what_they_say_or_are_refused)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		fixture_close(&fixture);
		fixture_open(&fixture);
		fixture_tag(&fixture, FIX_NETWORK);
		fixture_add(&fixture, VFG_SOURCE_ANY,
			    vfg_arena_format(fixture.arena,
					     "{'name':'n','properties':{'securityRules':[{'name':"
					     "'r','properties':{'priority':%s,'direction':"
					     "'Inbound'," FIX_WHAT "," FIX_FROM "," FIX_TO
					     "," FIX_SPORTS "," FIX_DPORTS "}}]}}",
					     numbers[i].json));
		fixture_read(&fixture);
		cr_expect_eq(fixture.err != 0, numbers[i].code != NULL, "%s:%s", numbers[i].json,
			     fixture_messages(&fixture));
		if (numbers[i].code && fixture.diag.first)
			cr_expect_str_eq(fixture.diag.first->code, numbers[i].code, "%s",
					 numbers[i].json);
	}
}
