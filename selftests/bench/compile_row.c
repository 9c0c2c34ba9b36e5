/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a compile costs: measured by bench-compile in processes of its own, taken over as rows.
 */
#include "group.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its other rows are told apart from those of the programs, which have the same names. */
static void add_row(struct json_object *object, struct results *results)
{
	struct row row = {.unit = "JSON parse of the same texts"};
	struct json_object *field;
	const char *name;

	if (!json_object_object_get_ex(object, "name", &field))
		return;
	name = json_object_get_string(field);
	snprintf(row.name, sizeof(row.name), "%s%s", strcmp(name, "compile") ? "compile/" : "",
		 name);
	if (json_object_object_get_ex(object, "ns", &field))
		row.ns = json_object_get_double(field);
	if (json_object_object_get_ex(object, "ratio", &field))
		row.ratio = json_object_get_double(field);
	if (json_object_object_get_ex(object, "samples", &field))
		row.samples = (uint32_t)json_object_get_int(field);
	results_add(results, &row);
}

void group_compile(const struct plan *plan, struct results *results)
{
	struct row missing = {.name = "compile", .note = "bench-compile failed"};
	struct json_object *list = NULL;
	char command[8192], path[4096];

	results_group(results, "compile", "texts to image, each in a process of its own");
	snprintf(path, sizeof(path), "%s/compile.json", results->folder);
	snprintf(command, sizeof(command), "'%s/bench-compile' '%s' >/dev/null", plan->build, path);
	if (!system(command))
		list = json_object_from_file(path);
	if (!list)
		results_add(results, &missing);
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		add_row(json_object_array_get_idx(list, i), results);
	json_object_put(list);
	results_plot(results, "compile", "ns a compile; above: ratio to parsing the JSON");
}
