/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hostile JSON may cost: texts up to the limit of 100 MB, and the memory that each of them
 * takes. Time is no criterion, but a test that never ends fails by its timeout.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

TestSuite(scan, .init = set_up, .fini = tear_down);

#if defined(__SANITIZE_ADDRESS__)
static const size_t slack = 4; /* red zones and quarantine */
#else
static const size_t slack = 1;
#endif

/* The most memory that this process had, in MB. */
static size_t peak_mb(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return (size_t)usage.ru_maxrss / 1024;
}

/* @head, then @piece until @bytes are full or @count of them stand there, then @tail. */
static char *pile(const char *head, const char *piece, size_t count, const char *tail,
		  size_t *ret_bytes)
{
	size_t room = VFG_JSON_BYTES_MAX - strlen(head) - strlen(tail), length = strlen(piece);
	char *text = malloc(VFG_JSON_BYTES_MAX), *at = text;

	cr_assert(text);
	if (count > room / length)
		count = room / length;
	at = stpcpy(at, head);
	for (size_t i = 0; i < count; i++, at += length)
		memcpy(at, piece, length);
	memcpy(at, tail, strlen(tail));
	*ret_bytes = (size_t)(at - text) + strlen(tail);
	return text;
}

#define ALL ((size_t)VFG_JSON_BYTES_MAX)

/* Up to 100 MB each; code NULL: taken. mb: the tree's and the reader's, without the text. */
static const struct {
	const char *name;
	const char *head;
	const char *piece;
	size_t count;
	const char *tail;
	const char *code;
	const char *says;
	size_t mb;
} piles[] = {
	{"zeros", "[", "0,", ALL, "0]", "SourceTooLarge", "2000000 at most", 8},
	{"zeros up to the limit", "[", "0,", 1999999, "0]", NULL, NULL, 250},
	{"zeros beyond the limit", "[", "0,", 2000000, "0]", "SourceTooLarge", "2000001 values", 8},
	{"texts up to the limit", "[", "\"203.0.113.128/25\",", 1999999, "0]", NULL, NULL, 400},
	{"empty objects", "[", "{},", ALL, "0]", "SourceTooLarge", "values", 8},
	{"objects up to the limit", "[", "{\"a\":0},", 250000, "0]", NULL, NULL, 300},
	{"objects beyond the limit", "[", "{\"a\":0},", 250001, "0]", "SourceTooLarge",
	 "250001 objects", 8},
	{"empty arrays up to the limit", "[", "[],", 999999, "0]", NULL, NULL, 400},
	{"opening brackets", "", "[", ALL, "", "InvalidJson", "inside one another", 8},
	{"closing brackets", "[", "]", ALL, "", "InvalidJson", "unexpected", 8},
	{"one name over and over", "{", "\"a\":0,", 1999998, "\"a\":0}", "DuplicateField", "\"a\"",
	 400},
	{"blanks", "", " ", ALL, "", "InvalidJson", "empty", 8},
	{"blanks in an array", "[", "\n", ALL, "]", NULL, NULL, 8},
	{"one text", "[\"", "x", ALL, "\"]", NULL, NULL, 300},
	{"one text of escapes", "[\"", "\\u00e9", ALL, "\"]", NULL, NULL, 300},
	{"one text without an end", "[\"", "x", ALL, "", "InvalidJson", "too early", 300},
	{"one name", "{\"", "x", ALL, "\":1}", NULL, NULL, 400},
	{"one name twice", "{\"a\":1,\"A\":2,\"", "x", 1000, "\":1}", "DuplicateField", "\"A\"", 8},
	{"digits", "[", "1", ALL, "]", NULL, NULL, 300},
	{"digits behind a point", "[1.", "1", ALL, "]", NULL, NULL, 400},
	{"quotes", "[", "\"", ALL - 2, "", "InvalidJson", NULL, 8},
	{"backslashes", "[\"", "\\", ALL, "", "InvalidJson", NULL, 300},
	{"commas", "[", ",", ALL, "]", "SourceTooLarge", "values", 8},
};

ParameterizedTestParameters(scan, a_large_text_costs_bounded_memory)
{
	static size_t row[sizeof(piles) / sizeof(*piles)];

	for (size_t i = 0; i < sizeof(piles) / sizeof(*piles); i++)
		row[i] = i;
	return cr_make_param_array(size_t, row, sizeof(piles) / sizeof(*piles));
}

ParameterizedTest(size_t *row, scan, a_large_text_costs_bounded_memory, .timeout = 120)
{
	struct json_object *tree = NULL;
	size_t bytes, before, i = *row;
	char *text = pile(piles[i].head, piles[i].piece, piles[i].count, piles[i].tail, &bytes);
	int err;

	before = peak_mb();
	err = vfg_json_parse(&fixture.diag, "f", text, bytes, &tree);
	cr_expect_eq(err != 0, piles[i].code != NULL, "%s:%s", piles[i].name,
		     fixture_messages(&fixture));
	cr_expect(peak_mb() - before <= piles[i].mb * slack, "%s: %zu MB", piles[i].name,
		  peak_mb() - before);
	if (piles[i].code && fixture.diag.first) {
		cr_expect_str_eq(fixture.diag.first->code, piles[i].code, "%s", piles[i].name);
		cr_expect(!piles[i].says || strstr(fixture.diag.first->text, piles[i].says),
			  "%s: %s", piles[i].name, fixture.diag.first->text);
		cr_expect(strlen(fixture.diag.first->text) < 200, "%s", piles[i].name);
	}
	json_object_put(tree);
	free(text);
}

/* Objects of as many names as one may have, alike in length: none is compared letter by letter with
 * all others. */
Test(scan, full_objects_by_the_hundred_are_read, .timeout = 120)
{
	struct json_object *tree = NULL;
	char *text = malloc(VFG_JSON_BYTES_MAX);
	size_t bytes = 0;

	cr_assert(text);
	for (int i = 0; i < 1900; i++) {
		for (int j = 0; j < 1024; j++)
			bytes += (size_t)sprintf(text + bytes,
						 "%s\"aaaaaaaaaaaaaaaaaaaaaaaa%04d\":0",
						 j   ? ","
						 : i ? "},{"
						     : "[{",
						 j);
	}
	memcpy(text + bytes, "}]", 2);
	cr_expect_eq(vfg_json_parse(&fixture.diag, "f", text, bytes + 2, &tree), 0, "%s",
		     fixture_messages(&fixture));
	cr_expect(peak_mb() < 800 * slack, "%zu MB", peak_mb());
	json_object_put(tree);
	free(text);
}
