/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows, and the files that they are written to. Plots are plot.c's.
 */
#include "row.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value)
{
	if (samples->count < ROW_SAMPLES_MAX)
		samples->value[samples->count++] = value;
}

static int compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

double samples_median(const struct samples *samples)
{
	struct samples sorted = *samples;

	if (!sorted.count)
		return 0;
	qsort(sorted.value, sorted.count, sizeof(*sorted.value), compare);
	return (sorted.value[sorted.count / 2] + sorted.value[(sorted.count - 1) / 2]) / 2;
}

double samples_ratio(const struct samples *samples, const struct samples *base)
{
	struct samples ratio = {};

	for (uint32_t i = 0; i < samples->count && i < base->count; i++)
		if (base->value[i] > 0)
			samples_add(&ratio, samples->value[i] / base->value[i]);
	return samples_median(&ratio);
}

void results_group(struct results *results, const char *group, const char *what)
{
	results->group_first = results->count;
	printf("\n%s: %s\n", group, what);
}

static void print(const struct row *row)
{
	printf("  %-28s", row->name);
	if (row->samples && row->ns > 0)
		printf(" %12.1f ns", row->ns);
	if (row->samples && row->ratio > 0)
		printf("  %8.2f x %s", row->ratio, row->unit);
	for (int i = 0; i < ROW_EXTRAS && row->extra[i].name; i++)
		printf("  %s %.6g", row->extra[i].name, row->extra[i].value);
	if (row->note)
		printf("  (%s)", row->note);
	putchar('\n');
	fflush(stdout);
}

const struct row *results_add(struct results *results, const struct row *row)
{
	if (results->count == results->room) {
		results->room = results->room * 2 + 64;
		results->row = realloc(results->row, results->room * sizeof(*results->row));
		if (!results->row)
			abort();
	}
	results->row[results->count] = *row;
	print(row);
	return &results->row[results->count++];
}

static struct json_object *number(double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *row_object(const struct row *row)
{
	struct json_object *object = json_object_new_object();
	bool measured = row->samples > 0;

	json_object_object_add(object, "name", json_object_new_string(row->name));
	json_object_object_add(object, "ns", measured && row->ns > 0 ? number(row->ns) : NULL);
	json_object_object_add(object, "ratio",
			       measured && row->ratio > 0 ? number(row->ratio) : NULL);
	json_object_object_add(object, "unit", json_object_new_string(row->unit ? row->unit : ""));
	json_object_object_add(object, "samples", json_object_new_int((int)row->samples));
	for (int i = 0; i < ROW_EXTRAS && row->extra[i].name; i++)
		json_object_object_add(object, row->extra[i].name, number(row->extra[i].value));
	if (row->note)
		json_object_object_add(object, "note", json_object_new_string(row->note));
	return object;
}

int results_write(const struct results *results)
{
	struct json_object *list = json_object_new_array();
	char path[4096];
	int err;

	for (size_t i = 0; i < results->count; i++)
		json_object_array_add(list, row_object(&results->row[i]));
	snprintf(path, sizeof(path), "%s/results.json", results->folder);
	errno = EIO;
	err = json_object_to_file_ext(path, list,
				      JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	err = err ? -errno : 0;
	json_object_put(list);
	if (!err)
		printf("\n%s\n", path);
	return err;
}
