/* SPDX-License-Identifier: GPL-2.0-only */
/* A small strict reader of OpenMetrics text. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scrape.h"

enum { FAMILIES_MAX = 64 };

struct reader {
	struct vfg_scrape *scrape;
	char families[FAMILIES_MAX][VFG_SCRAPE_TEXT_MAX]; /* each once; the last is the current */
	size_t count;
	char type[32];
	bool has_unit, has_help, has_sample;
	bool is_prometheus;
};

static bool wrong(struct reader *reader, const char *what, const char *line)
{
	snprintf(reader->scrape->fault, sizeof(reader->scrape->fault), "%.60s: %.180s", what, line);
	return false;
}

static size_t name_bytes(const char *text, bool is_label)
{
	size_t bytes = 0;

	while (isalpha((unsigned char)text[bytes]) || text[bytes] == '_' ||
	       (!is_label && text[bytes] == ':') || (bytes && isdigit((unsigned char)text[bytes])))
		bytes++;
	return bytes;
}

static bool ends_in_unit(const char *name, const char *unit)
{
	size_t all = strlen(name), end = strlen(unit);

	return all > end + 1 && name[all - end - 1] == '_' && !strcmp(name + all - end, unit);
}

static bool begin_family(struct reader *reader, const char *name, const char *type,
			 const char *line)
{
	for (size_t i = 0; i < reader->count; i++) {
		if (!strcmp(reader->families[i], name))
			return wrong(reader, "a family twice", line);
	}
	if (reader->count == FAMILIES_MAX || name[name_bytes(name, false)])
		return wrong(reader, "a bad family name", line);
	if (strcmp(type, "counter") != 0 && strcmp(type, "gauge") != 0)
		return wrong(reader, "a bad type", line);
	if (ends_in_unit(name, "total") != (reader->is_prometheus && !strcmp(type, "counter")))
		return wrong(reader, "a family that ends in _total, or should", line);
	snprintf(reader->families[reader->count++], VFG_SCRAPE_TEXT_MAX, "%s", name);
	snprintf(reader->type, sizeof(reader->type), "%.31s", type);
	reader->has_unit = reader->has_help = reader->has_sample = false;
	return true;
}

static bool read_comment(struct reader *reader, const char *line)
{
	char word[8], name[128], rest[256];

	if (sscanf(line, "# %7s %127s %255[^\n]", word, name, rest) != 3)
		return wrong(reader, "a bad comment", line);
	if (!strcmp(word, "TYPE"))
		return begin_family(reader, name, rest, line);
	if (!reader->count || strcmp(reader->families[reader->count - 1], name) != 0)
		return wrong(reader, "a comment outside of its family", line);
	if (reader->has_sample)
		return wrong(reader, "a comment behind samples", line);
	if (!reader->is_prometheus && !strcmp(word, "UNIT") && !reader->has_unit &&
	    ends_in_unit(name, rest))
		return reader->has_unit = true;
	if (!strcmp(word, "HELP") && !reader->has_help)
		return reader->has_help = true;
	return wrong(reader, "a bad UNIT or HELP", line);
}

/* Return: where the label set ends, or NULL. */
static const char *skip_labels(const char *at)
{
	do {
		size_t bytes = name_bytes(++at, true);

		if (!bytes || strncmp(at + bytes, "=\"", 2) != 0)
			return NULL;
		for (at += bytes + 2; *at != '"'; at++) {
			if (*at == '\\' && !strchr("\\\"n", *++at))
				return NULL;
			if (!*at)
				return NULL;
		}
		at++;
	} while (*at == ',');
	return *at == '}' ? at + 1 : NULL;
}

static bool keep(struct reader *reader, const char *line, size_t series_bytes)
{
	struct vfg_scrape *scrape = reader->scrape;
	const char *number = line + series_bytes + 1;
	char *end;
	uint64_t value = strtoull(number, &end, 10);

	if (end > number && *end == '.' && isdigit((unsigned char)end[1]))
		end += 1 + strspn(end + 1, "0123456789");
	if (line[series_bytes] != ' ' || !isdigit((unsigned char)*number) || *end)
		return wrong(reader, "a bad number", line);
	if (scrape->count == VFG_SCRAPE_SERIES_MAX || series_bytes >= VFG_SCRAPE_TEXT_MAX)
		return wrong(reader, "too much", line);
	snprintf(scrape->sample[scrape->count].series, VFG_SCRAPE_TEXT_MAX, "%.*s",
		 (int)series_bytes, line);
	if (vfg_scrape_find(scrape, scrape->sample[scrape->count].series) != UINT64_MAX)
		return wrong(reader, "a series twice", line);
	scrape->sample[scrape->count++].value = value;
	return reader->has_sample = true;
}

static bool read_sample(struct reader *reader, const char *line)
{
	size_t bytes = name_bytes(line, false);
	const char *family = reader->count ? reader->families[reader->count - 1] : "";
	size_t family_bytes = strlen(family);
	bool is_counter = !strcmp(reader->type, "counter") && !reader->is_prometheus;
	const char *end = line + bytes;

	if (!family_bytes || strncmp(line, family, family_bytes) != 0 ||
	    bytes != family_bytes + (is_counter ? 6 : 0) ||
	    (is_counter && strncmp(line + family_bytes, "_total", 6) != 0))
		return wrong(reader, "a sample outside of its family", line);
	if (*end == '{')
		end = skip_labels(end);
	return end ? keep(reader, line, (size_t)(end - line)) : wrong(reader, "bad labels", line);
}

static bool read_text(const char *text, bool is_prometheus, struct vfg_scrape *ret_scrape)
{
	static struct reader reader;
	char line[512];

	reader = (struct reader){.scrape = ret_scrape, .is_prometheus = is_prometheus};
	ret_scrape->count = 0;
	ret_scrape->fault[0] = '\0';
	while (*text) {
		size_t bytes = strcspn(text, "\n");

		if (!text[bytes] || bytes >= sizeof(line))
			return wrong(&reader, "a line without an end", text);
		snprintf(line, sizeof(line), "%.*s", (int)bytes, text);
		text += bytes + 1;
		if (!strcmp(line, "# EOF") && !is_prometheus)
			return *text ? wrong(&reader, "more behind the end", text) : true;
		if (!(line[0] == '#' ? read_comment(&reader, line) : read_sample(&reader, line)))
			return false;
	}
	return is_prometheus || wrong(&reader, "no # EOF", "");
}

bool vfg_scrape_read(const char *text, struct vfg_scrape *ret_scrape)
{
	return read_text(text, false, ret_scrape);
}

bool vfg_scrape_read_prometheus(const char *text, struct vfg_scrape *ret_scrape)
{
	return read_text(text, true, ret_scrape);
}

uint64_t vfg_scrape_find(const struct vfg_scrape *scrape, const char *series)
{
	for (size_t i = 0; i < scrape->count; i++) {
		if (!strcmp(scrape->sample[i].series, series))
			return scrape->sample[i].value;
	}
	return UINT64_MAX;
}
