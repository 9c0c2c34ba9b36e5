/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON text as tools write it, each in a style of its own: brackets, commas, blanks, the case of
 * names, and the few sorts of values that rules are made of.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "write_json.h"

static void put_cased(struct writer *writer, const char *text, enum letter_case how)
{
	fputc('"', writer->stream);
	for (const char *at = text; *at; at++) {
		if (how == UPPER || (how == PASCAL && at == text))
			fputc(toupper((unsigned char)*at), writer->stream);
		else
			fputc(how == LOWER ? tolower((unsigned char)*at) : *at, writer->stream);
	}
	fputc('"', writer->stream);
}

void writer_separate(struct writer *writer)
{
	if (writer->comma)
		fputc(',', writer->stream);
	if (vfg_random_below(writer->random, 8) == 0)
		fputs("\n  ", writer->stream);
	writer->comma = true;
}

void writer_open(struct writer *writer, char bracket)
{
	writer_separate(writer);
	fputc(bracket, writer->stream);
	writer->comma = false;
}

void writer_close(struct writer *writer, char bracket)
{
	fputc(bracket, writer->stream);
	writer->comma = true;
}

void writer_key(struct writer *writer, const char *name)
{
	writer_separate(writer);
	put_cased(writer, name, writer->keys);
	fputc(':', writer->stream);
	writer->comma = false;
}

void writer_text(struct writer *writer, const char *value)
{
	writer_separate(writer);
	put_cased(writer, value, AS_IT_IS);
}

void writer_word(struct writer *writer, const char *value)
{
	writer_separate(writer);
	put_cased(writer, value, vfg_random_below(writer->random, 3));
}

void writer_member(struct writer *writer, const char *name, const char *value)
{
	writer_key(writer, name);
	writer_text(writer, value);
}

void writer_open_properties(struct writer *writer)
{
	if (writer->flat)
		return;
	writer_key(writer, "properties");
	writer_open(writer, '{');
}

void writer_close_properties(struct writer *writer)
{
	if (!writer->flat)
		writer_close(writer, '}');
}

void writer_unused(struct writer *writer, const char *name, bool plural)
{
	static const char *const spelled[] = {"null", "\"\"", "[]"};
	uint32_t how = vfg_random_below(writer->random, 3);

	if (how == 0)
		return;
	writer_key(writer, name);
	writer_separate(writer);
	fputs(spelled[how == 1 ? 0 : plural ? 2 : 1], writer->stream);
}

const char *writer_print_prefix(struct writer *writer, const struct sketch_prefix *prefix,
				char line[64])
{
	bool ipv4 = prefix->family == VFG_IPV4;
	size_t length;

	inet_ntop(ipv4 ? AF_INET : AF_INET6, prefix->byte, line, 60);
	length = strlen(line);
	if (prefix->length != (ipv4 ? 32 : 128) || vfg_random_below(writer->random, 2))
		snprintf(line + length, 64 - length, "/%u", prefix->length);
	return line;
}

void writer_prefixes(struct writer *writer, const struct sketch_prefixes *list)
{
	char line[64];

	writer_open(writer, '[');
	for (size_t i = 0; i < list->count; i++)
		writer_text(writer, writer_print_prefix(writer, &list->prefix[i], line));
	writer_close(writer, ']');
}

const char *writer_print_range(struct writer *writer, const struct vfg_port_range *range,
			       char line[16])
{
	if (range->first == range->last && vfg_random_below(writer->random, 2))
		snprintf(line, 16, "%u", range->first);
	else
		snprintf(line, 16, "%u-%u", range->first, range->last);
	return line;
}

void writer_ranges(struct writer *writer, const struct sketch_ports *ports)
{
	char line[16];

	writer_open(writer, '[');
	for (size_t i = 0; i < ports->count; i++)
		writer_text(writer, writer_print_range(writer, &ports->range[i], line));
	writer_close(writer, ']');
}
