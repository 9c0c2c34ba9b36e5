/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads as much of PromQL as it takes to find names of metrics and of labels in it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dashboard.h"

enum { METRICS_MAX = 16 };

/* What a list of labels follows. */
static const char *const lists[] = {"by",	  "without",	 "on", "ignoring",
				    "group_left", "group_right", NULL};

/* What a query is about. */
struct query {
	const struct vfg_scrape *scrape;
	char metric[METRICS_MAX][VFG_SCRAPE_TEXT_MAX];
	size_t count;
	char *fault;
};

static bool wrong(struct query *query, const char *what, const char *name)
{
	snprintf(query->fault, VFG_SCRAPE_TEXT_MAX, "%s: %.200s", what, name);
	return false;
}

static size_t word_bytes(const char *text)
{
	size_t bytes = 0;

	while (isalnum((unsigned char)text[bytes]) || text[bytes] == '_' || text[bytes] == ':')
		bytes++;
	return bytes;
}

static bool is_word(const char *text, size_t bytes, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == bytes && !strncmp(text, *words, bytes))
			return true;
	}
	return false;
}

/* @label: NULL for any series of the metric */
static bool exists(const struct vfg_scrape *scrape, const char *metric, const char *label)
{
	static const char *const always[] = {"instance", "job", NULL};
	size_t bytes = strlen(metric);
	char needle[2][VFG_SCRAPE_TEXT_MAX + 4];

	if (label && is_word(label, strlen(label), always))
		return true;
	if (!strcmp(metric, "node_textfile_mtime_seconds"))
		return !label || !strcmp(label, "file");
	snprintf(needle[0], sizeof(needle[0]), "{%s=\"", label ? label : "");
	snprintf(needle[1], sizeof(needle[1]), ",%s=\"", label ? label : "");
	for (size_t i = 0; i < scrape->count; i++) {
		const char *series = scrape->sample[i].series;

		if (strncmp(series, metric, bytes) != 0 || (series[bytes] && series[bytes] != '{'))
			continue;
		if (!label || strstr(series, needle[0]) || strstr(series, needle[1]))
			return true;
	}
	return false;
}

static bool some_has(const struct query *query, const char *label)
{
	for (size_t i = 0; i < query->count; i++) {
		if (exists(query->scrape, query->metric[i], label))
			return true;
	}
	return false;
}

static bool take_metric(struct query *query, const char *text, size_t bytes)
{
	char *metric = query->metric[query->count];

	if (query->count == METRICS_MAX || bytes >= VFG_SCRAPE_TEXT_MAX)
		return wrong(query, "too much", text);
	snprintf(metric, VFG_SCRAPE_TEXT_MAX, "%.*s", (int)bytes, text);
	if (!exists(query->scrape, metric, NULL))
		return wrong(query, "no such metric", metric);
	query->count++;
	return true;
}

/* {label=~"value",...}, of the metric before it. Return: its end, NULL where it is wrong. */
static const char *take_selector(struct query *query, const char *at)
{
	const char *metric = query->metric[query->count - 1];

	for (at++; *at && *at != '}'; at++) {
		char label[VFG_SCRAPE_TEXT_MAX];
		size_t bytes = word_bytes(at);

		if (!bytes)
			continue;
		snprintf(label, sizeof(label), "%.*s", (int)bytes, at);
		if (!exists(query->scrape, metric, label)) {
			wrong(query, metric, label);
			return NULL;
		}
		at = strchr(at, '"');
		at = at ? strchr(at + 1, '"') : NULL;
		if (!at)
			return NULL;
	}
	return *at ? at + 1 : NULL;
}

/* First what metrics there are, with the labels of their selectors. */
static bool find_metrics(struct query *query, const char *text)
{
	static const char *const words[] = {
		"by",	  "without", "on",  "ignoring", "group_left", "group_right", "and",   "or",
		"unless", "bool",    "sum", "max",	"min",	      "avg",	     "count", NULL};

	for (const char *at = text; at && *at;) {
		size_t bytes = word_bytes(at);
		const char *next = at + bytes + strspn(at + bytes, " ");
		bool is_list = is_word(at, bytes, lists) && *next == '(';

		if (*at == '{' && query->count) {
			at = take_selector(query, at);
			continue;
		}
		if (*at == '$' || *at == '[' || *at == '"') {
			const char *end = *at == '$' ? at + 1 + word_bytes(at + 1)
						     : strchr(at + 1, *at == '[' ? ']' : '"');

			at = end ? end + (*at != '$') : NULL;
			continue;
		}
		if (is_list) {
			at = strchr(at, ')');
			continue;
		}
		if (bytes && !isdigit((unsigned char)*at) && *next != '(' &&
		    !is_word(at, bytes, words) && !take_metric(query, at, bytes))
			return false;
		at += bytes ? bytes : 1;
	}
	return !query->fault[0] && (query->count || wrong(query, "no metric in it", text));
}

/* Then the labels that it groups by and joins on, of which each is some metric's. */
static bool check_lists(struct query *query, const char *text)
{
	for (const char *at = text; *at;) {
		size_t bytes = word_bytes(at);
		const char *next = at + bytes + strspn(at + bytes, " ");

		if (!is_word(at, bytes, lists) || *next != '(') {
			at += bytes ? bytes : 1;
			continue;
		}
		for (at = next + 1; *at && *at != ')';) {
			char label[VFG_SCRAPE_TEXT_MAX];

			bytes = word_bytes(at);
			snprintf(label, sizeof(label), "%.*s", (int)bytes, at);
			if (bytes && !some_has(query, label))
				return wrong(query, "no metric of it has the label", label);
			at += bytes ? bytes : 1;
		}
	}
	return true;
}

/* label_values(metric, label), of a dashboard's variables. */
static bool check_values(struct query *query, const char *text)
{
	const char *comma = strrchr(text, ',');
	char metric[VFG_SCRAPE_TEXT_MAX], label[VFG_SCRAPE_TEXT_MAX];

	if (!comma || sscanf(comma, ", %255[a-z_])", label) != 1)
		return wrong(query, "not understood", text);
	snprintf(metric, sizeof(metric), "%.*s", (int)(comma - text), text);
	return find_metrics(query, metric) &&
	       (some_has(query, label) || wrong(query, "no such label", label));
}

bool vfg_dashboard_query(const struct vfg_scrape *scrape, const char *text, char *ret_fault)
{
	static const char values[] = "label_values(";
	struct query query = {.scrape = scrape, .fault = ret_fault};

	ret_fault[0] = '\0';
	if (!strncmp(text, values, strlen(values)))
		return check_values(&query, text + strlen(values));
	return find_metrics(&query, text) && check_lists(&query, text);
}

bool vfg_dashboard_legend(const struct vfg_scrape *scrape, const char *text, const char *legend,
			  char *ret_fault)
{
	struct query query = {.scrape = scrape, .fault = ret_fault};

	ret_fault[0] = '\0';
	if (!find_metrics(&query, text))
		return false;
	for (const char *at = strstr(legend, "{{"); at; at = strstr(at + 2, "{{")) {
		char label[VFG_SCRAPE_TEXT_MAX] = "";

		sscanf(at, "{{%255[^}]", label);
		if (!some_has(&query, label))
			return wrong(&query, "no metric of it has the label", label);
	}
	return true;
}
