/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One pass over a JSON text that counts brackets and commas outside of strings. Every value but the
 * first stands behind one of these, so a tree never has more values than were counted here.
 */
#include "scan.h"

#include <errno.h>

struct census {
	size_t values;
	size_t objects;
	size_t depth;
	size_t deepest;
	size_t deepest_at;
	const char *fault; /* what no JSON has, NULL where there is none */
	size_t fault_at;
};

size_t vfg_scan_string_end(const char *text, size_t bytes, size_t at)
{
	while (at < bytes && text[at] != '"')
		at += text[at] == '\\' ? 2 : 1;
	return at < bytes ? at : bytes;
}

size_t vfg_scan_line(const char *text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

bool vfg_scan_is_blank(char letter)
{
	return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/* What json-c takes outside of strings, even when it is told to be strict. */
static const char *outside(char letter)
{
	switch (letter) {
	case 'N':
		return "NaN is not JSON";
	case 'I':
		return "Infinity is not JSON";
	}
	return "a single quote outside of a string: names and texts are written in double quotes";
}

static void open_bracket(struct census *census, char bracket, size_t at)
{
	census->values++;
	census->objects += bracket == '{';
	census->depth++;
	if (census->depth > census->deepest) {
		census->deepest = census->depth;
		census->deepest_at = at;
	}
}

/* Which bytes may follow the first of a letter beyond ASCII; that others follow, json-c sees. */
static bool is_letter(unsigned char lead, unsigned char next)
{
	if (lead < 0xc2 || lead > 0xf4)
		return false;
	if (lead == 0xe0 || lead == 0xf0)
		return next >= (lead == 0xe0 ? 0xa0 : 0x90) && next <= 0xbf;
	if (lead == 0xed || lead == 0xf4)
		return next >= 0x80 && next <= (lead == 0xed ? 0x9f : 0x8f);
	return next >= 0x80 && next <= 0xbf;
}

/* Line breaks and tabs are let through: templates are written with them. */
static void look_into_string(struct census *census, const char *text, size_t at, size_t end)
{
	for (; at < end && !census->fault; at++) {
		unsigned char letter = (unsigned char)text[at];
		unsigned char next = at + 1 < end ? (unsigned char)text[at + 1] : 0;

		census->fault_at = at;
		if (letter < ' ' && !vfg_scan_is_blank((char)letter))
			census->fault = "a control character in a string";
		else if (letter >= 0x80 && !is_letter(letter, next))
			census->fault = "invalid UTF-8 in a string";
		else if (letter >= 0x80)
			at += letter < 0xe0 ? 1 : letter < 0xf0 ? 2 : 3;
	}
}

static struct census count(const char *text, size_t bytes)
{
	struct census census = {0};
	size_t end;

	for (size_t at = 0; at < bytes && !census.fault; at++) {
		switch (text[at]) {
		case '"':
			end = vfg_scan_string_end(text, bytes, at + 1);
			look_into_string(&census, text, at + 1, end);
			at = end;
			break;
		case '\'':
		case 'N':
		case 'I':
			census.fault = outside(text[at]);
			census.fault_at = at;
			break;
		case ',':
			census.values++;
			break;
		case '{':
		case '[':
			open_bracket(&census, text[at], at);
			break;
		case '}':
		case ']':
			census.depth -= census.depth > 0;
			break;
		}
	}
	return census;
}

int vfg_scan_limits(struct vfg_diag *diag, struct vfg_place place, const char *text, size_t bytes,
		    size_t depth_max)
{
	struct census census = count(text, bytes);

	if (census.fault)
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson", "line %zu: %s",
			     vfg_scan_line(text, census.fault_at), census.fault);
	else if (census.deepest > depth_max)
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson",
			     "line %zu: %zu objects and arrays inside one another, %zu at most are "
			     "taken",
			     vfg_scan_line(text, census.deepest_at), census.deepest, depth_max);
	else if (census.values > VFG_SCAN_VALUES_MAX)
		vfg_diag_add(diag, VFG_ERROR, place, "SourceTooLarge",
			     "%zu values in the JSON, %d at most are taken", census.values,
			     VFG_SCAN_VALUES_MAX);
	else if (census.objects > VFG_SCAN_OBJECTS_MAX)
		vfg_diag_add(diag, VFG_ERROR, place, "SourceTooLarge",
			     "%zu objects in the JSON, %d at most are taken", census.objects,
			     VFG_SCAN_OBJECTS_MAX);
	else
		return 0;
	return -EINVAL;
}
