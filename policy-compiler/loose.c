/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rewrites what templates have beyond strict JSON: comments, strings over several lines, a comma
 * too many. The platform takes these in templates, and nothing else here does.
 */
#include "loose.h"

#include <errno.h>
#include <string.h>

struct rewrite {
	const char *text;
	size_t bytes;
	size_t at;
	char *out;
	size_t length;
};

bool vfg_loose_is_template(const char *text, size_t bytes)
{
	static const char schema[] = "deploymentTemplate.json";

	return memmem(text, bytes, schema, sizeof(schema) - 1) != NULL;
}

static bool starts(const struct rewrite *rewrite, const char *with)
{
	size_t length = strlen(with);

	return rewrite->bytes - rewrite->at >= length &&
	       !memcmp(rewrite->text + rewrite->at, with, length);
}

static void put(struct rewrite *rewrite, const char *text)
{
	size_t length = strlen(text);

	memcpy(rewrite->out + rewrite->length, text, length);
	rewrite->length += length;
}

/* One character of a string, escaped where it must be. Return: is it a line's end? */
static bool put_inside(struct rewrite *rewrite)
{
	char byte = rewrite->text[rewrite->at++];

	if (byte == '\n')
		put(rewrite, "\\n");
	else if (byte == '\r')
		put(rewrite, "\\r");
	else if (byte == '\t')
		put(rewrite, "\\t");
	else
		rewrite->out[rewrite->length++] = byte;
	if (byte == '\\' && rewrite->at < rewrite->bytes)
		rewrite->out[rewrite->length++] = rewrite->text[rewrite->at++];
	return byte == '\n';
}

/* The line ends inside a string go behind it, so that later messages name the right line. */
static void put_string(struct rewrite *rewrite)
{
	size_t lines = 0;

	rewrite->out[rewrite->length++] = rewrite->text[rewrite->at++];
	while (rewrite->at < rewrite->bytes && rewrite->text[rewrite->at] != '"')
		lines += put_inside(rewrite);
	if (rewrite->at < rewrite->bytes)
		rewrite->out[rewrite->length++] = rewrite->text[rewrite->at++];
	for (; lines; lines--)
		rewrite->out[rewrite->length++] = '\n';
}

/* A comment that is never closed stays, and is refused as what it is: no JSON. */
static bool blank_comment(struct rewrite *rewrite)
{
	const char *end = NULL, *from = rewrite->text + rewrite->at;
	size_t left = rewrite->bytes - rewrite->at;

	if (starts(rewrite, "//")) {
		end = memchr(from, '\n', left);
		end = end ? end : from + left;
	} else if (starts(rewrite, "/*")) {
		end = memmem(from + 2, left - 2, "*/", 2);
		end = end ? end + 2 : NULL;
	}
	if (!end)
		return false;
	for (; from < end; from++)
		rewrite->out[rewrite->length++] = *from == '\n' ? '\n' : ' ';
	rewrite->at = (size_t)(end - rewrite->text);
	return true;
}

/* A closing bracket: the comma before it, if that is the last thing written, goes. */
static void drop_comma(struct rewrite *rewrite)
{
	size_t at = rewrite->length;

	while (at && memchr(" \t\r\n", rewrite->out[at - 1], 4))
		at--;
	if (at && rewrite->out[at - 1] == ',')
		rewrite->out[at - 1] = ' ';
}

int vfg_loose_rewrite(struct vfg_arena *arena, const char *text, size_t bytes,
		      const char **ret_text, size_t *ret_bytes)
{
	/* At the most, a line end becomes its escape and a line end behind the string. */
	struct rewrite rewrite = {
		.text = text,
		.bytes = bytes,
		.out = vfg_arena_array(arena, bytes + 1, 3),
	};

	if (!rewrite.out)
		return -ENOMEM;
	while (rewrite.at < bytes) {
		char byte = text[rewrite.at];

		if (byte == '"') {
			put_string(&rewrite);
			continue;
		}
		if (byte == '/' && blank_comment(&rewrite))
			continue;
		if (byte == ']' || byte == '}')
			drop_comma(&rewrite);
		rewrite.out[rewrite.length++] = byte;
		rewrite.at++;
	}
	*ret_text = rewrite.out;
	*ret_bytes = rewrite.length;
	return 0;
}

bool vfg_loose_is_bicep(const char *text, size_t bytes)
{
	static const char *const start[] = {
		"param ",  "resource ", "targetScope", "@description", "@allowed",
		"@secure", "metadata ", "var ",	       "module ",      "import ",
		"using ",  "type ",	"@minLength(", "func "};
	struct rewrite rewrite = {.text = text, .bytes = bytes};

	/* Comments and blank lines come first in many a file. */
	while (rewrite.at < bytes) {
		const char *line = memchr(text + rewrite.at, '\n', bytes - rewrite.at);

		if (!memchr(" \t\r\n", text[rewrite.at], 4) && !starts(&rewrite, "//"))
			break;
		rewrite.at = memchr(" \t\r\n", text[rewrite.at], 4) ? rewrite.at + 1
			     : line				    ? (size_t)(line - text) + 1
								    : bytes;
	}
	for (size_t i = 0; i < sizeof(start) / sizeof(*start); i++) {
		if (starts(&rewrite, start[i]))
			return true;
	}
	return false;
}
