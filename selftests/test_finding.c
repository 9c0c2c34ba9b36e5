/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of findings: its order, its text, its JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../loader/finding.h"

static struct vfg_findings findings;

static void tear_down(void)
{
	vfg_findings_free(&findings);
}

TestSuite(finding, .fini = tear_down);

Test(finding, errors_come_first_and_what_is_alike_keeps_its_order)
{
	static const char *const order[] = {"d", "b", "f", "a", "e", "c"};

	vfg_finding_add(&findings, "a", VFG_FINDING_WARNING, NULL);
	vfg_finding_add(&findings, "b", VFG_FINDING_ERROR, "eth0");
	vfg_finding_add(&findings, "c", VFG_FINDING_OK, NULL);
	vfg_finding_add(&findings, "d", VFG_FINDING_ERROR, NULL);
	vfg_finding_add(&findings, "e", VFG_FINDING_WARNING, "eth0");
	vfg_finding_add(&findings, "f", VFG_FINDING_ERROR, "eth1");
	vfg_findings_order(&findings);
	for (size_t i = 0; i < 6; i++)
		cr_expect(eq(str, (char *)findings.finding[i].check, (char *)order[i]));
}

static char *printed(bool all, bool colour)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	vfg_findings_print(&findings, all, colour, to);
	fclose(to);
	return text;
}

Test(finding, text_hides_what_is_fine_unless_asked_and_has_colour_only_when_told)
{
	struct vfg_finding *finding = vfg_finding_add(&findings, "lro", VFG_FINDING_WARNING, "p0");
	char *text;

	vfg_finding_says(finding, "LRO is on");
	vfg_finding_means(finding, "slow");
	vfg_finding_mend(finding, "ethtool -K p0 lro off");
	vfg_finding_fine(&findings, "jit", NULL, "on");
	text = printed(false, false);
	cr_expect(eq(str, text,
		     "warning: p0: lro: LRO is on\n    so: slow\n    fix: ethtool -K p0 lro off\n"
		     "0 errors, 1 warning, 1 fine; --all shows them\n"));
	free(text);
	text = printed(true, true);
	cr_expect(strstr(text, "\033[33mwarning\033[0m: p0") != NULL, "%s", text);
	cr_expect(strstr(text, "ok\033[0m: jit: on\n") != NULL, "%s", text);
	free(text);
}

Test(finding, a_name_that_somebody_chose_cannot_write_to_the_terminal)
{
	vfg_finding_says(vfg_finding_add(&findings, "x", VFG_FINDING_ERROR, NULL), "%s",
			 "a\033[2Jb\nc\x7f");
	cr_expect(eq(str, findings.finding[0].finding, "a?[2Jb?c?"));
}

Test(finding, json_has_the_six_fields)
{
	struct json_object *array, *one;

	vfg_finding_says(vfg_finding_add(&findings, "x", VFG_FINDING_ERROR, "p\"0"), "\"quoted\"");
	array = vfg_findings_json(&findings);
	cr_assert(array != NULL);
	one = json_object_array_get_idx(array, 0);
	cr_expect(eq(int, json_object_object_length(one), 6));
	cr_expect(eq(str, (char *)json_object_get_string(json_object_object_get(one, "severity")),
		     "error"));
	cr_expect(eq(str, (char *)json_object_get_string(json_object_object_get(one, "device")),
		     "p\"0"));
	json_object_put(array);
}
