/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of retired rules: what is kept, what is given away, and what damage does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/retired.h"
#include "sample.h"

static struct vfg_sample sample;
static char *text;
static size_t bytes;

/* Its rules have the ids 0 and 1, which publish would have given them. */
static void set_up(void)
{
	struct vfg_list *list;

	sample = vfg_sample_new();
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	vfg_sample_rule(list, "securityRules/Web", VFG_ACTION_ALLOW);
	vfg_sample_rule(list, "securityRules/Mail", VFG_ACTION_DENY);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
}

static void tear_down(void)
{
	vfg_arena_free(sample.arena);
	free(text);
}

TestSuite(retired_records, .init = set_up, .fini = tear_down);

static struct vfg_retired record(const struct vfg_retired *before, const bool *in_use)
{
	FILE *to;

	text = NULL;
	to = open_memstream(&text, &bytes);
	vfg_retired_write(before, &sample.tables, in_use, to);
	fclose(to);
	return (struct vfg_retired){.records = text, .bytes = bytes};
}

Test(retired_records, what_goes_is_kept_whole)
{
	const struct vfg_retired none = {};
	bool in_use[VFG_POLICY_RULES_MAX] = {[0] = true};
	struct vfg_retired retired = record(&none, in_use);
	struct vfg_retired_rule rule;
	size_t at = 0;

	cr_assert(vfg_retired_next(&retired, &at, &rule));
	cr_expect(eq(u32, rule.id, 1));
	cr_expect(eq(str, (char *)rule.name, "securityRules/Mail"));
	cr_expect(eq(str, (char *)rule.list, "nic"));
	cr_expect(eq(int, rule.action, VFG_ACTION_DENY));
	cr_expect(eq(int, rule.stage, VFG_STAGE_NIC));
	cr_expect(not(vfg_retired_next(&retired, &at, &rule)));
}

/* Of one id the policy that goes knows better than what was kept before; others stay. */
Test(retired_records, an_id_that_was_given_away_has_its_last_name)
{
	static const struct {
		struct vfg_retired_head head;
		char texts[24];
	} old[] = {{{.id = 1, .bytes = 40}, "securityRules/Old\0a\0b"},
		   {{.id = 7, .bytes = 40}, "securityRules/Far\0a\0b"}};
	const struct vfg_retired before = {.records = old, .bytes = sizeof(old)};
	bool in_use[VFG_POLICY_RULES_MAX] = {};
	struct vfg_retired retired = record(&before, in_use);
	struct vfg_retired_rule rule;
	size_t at = 0, count = 0;

	cr_assert(eq(sz, sizeof(old[0]), 40));
	for (; vfg_retired_next(&retired, &at, &rule); count++) {
		cr_expect(not(eq(str, (char *)rule.name, "securityRules/Old")));
		if (rule.id == 7)
			cr_expect(eq(str, (char *)rule.name, "securityRules/Far"));
	}
	cr_expect(eq(sz, count, 3));
	free(text);
	in_use[7] = true;
	retired = record(&before, in_use);
	for (at = 0; vfg_retired_next(&retired, &at, &rule);)
		cr_expect(not(eq(u32, rule.id, 7)), "its id has been given to another");
}

Test(retired_records, what_is_cut_off_or_damaged_ends_the_walk)
{
	const struct vfg_retired none = {};
	bool in_use[VFG_POLICY_RULES_MAX] = {};
	struct vfg_retired retired = record(&none, in_use);
	size_t whole = retired.bytes;
	struct vfg_retired_rule rule;
	struct vfg_retired_head head;

	for (retired.bytes = 0; retired.bytes < whole; retired.bytes++) {
		size_t at = 0, count = 0;

		/* A copy of its own, so that a sanitizer sees who reads behind it. */
		char *copy = malloc(retired.bytes + 1);

		memcpy(copy, text, retired.bytes);
		for (retired.records = copy; vfg_retired_next(&retired, &at, &rule);)
			count++;
		cr_expect(lt(sz, count, 2));
		free(copy);
	}
	retired = (struct vfg_retired){.records = text, .bytes = whole};
	memcpy(&head, text, sizeof(head));
	memset(text + sizeof(head), 'x', head.bytes - sizeof(head));
	for (size_t at = 0; vfg_retired_next(&retired, &at, &rule);)
		cr_expect(false, "texts without an end");
}
