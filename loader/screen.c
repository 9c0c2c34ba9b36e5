/* SPDX-License-Identifier: GPL-2.0-only */
/* Breaks and colours lines. */
#include <stdarg.h>
#include <string.h>

#include "screen.h"

enum {
	LINE_BYTES = 2048,
	FURTHER_IN = 4,
	NARROW = 20, /* what is narrower is not broken: it cannot be read either way */
};

static const char *const begin[] = {
	[VFG_STYLE_PLAIN] = "",
	[VFG_STYLE_ALARM] = "\033[1;31m",
	[VFG_STYLE_TITLE] = "\033[1m",
	[VFG_STYLE_GOOD] = "\033[32m",
};

/* Names come from others: of drivers, of files. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

/* How much of a text fits: to the last blank, or where there is none, all that there is room for.
 */
static size_t fitting(const char *text, size_t room)
{
	size_t bytes = room;

	if (strlen(text) <= room)
		return strlen(text);
	while (bytes > 0 && text[bytes] != ' ')
		bytes--;
	return bytes ? bytes : room;
}

static void put(const struct vfg_screen *screen, enum vfg_style style, int indent, const char *text,
		size_t bytes)
{
	bool coloured = screen->colour && style != VFG_STYLE_PLAIN;

	fprintf(screen->to, "%*s%s%.*s%s\n", indent, "", coloured ? begin[style] : "", (int)bytes,
		text, coloured ? "\033[0m" : "");
}

void vfg_screen_line(const struct vfg_screen *screen, enum vfg_style style, const char *format, ...)
{
	char line[LINE_BYTES];
	const char *text = line;
	va_list arguments;
	int indent, in;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	make_printable(line);
	indent = (int)strspn(text, " ");
	text += indent;
	in = indent;
	do {
		size_t bytes = screen->width < NARROW + indent + FURTHER_IN
				       ? strlen(text)
				       : fitting(text, (size_t)(screen->width - in));

		put(screen, style, in, text, bytes);
		text += bytes;
		text += strspn(text, " ");
		in = indent + FURTHER_IN;
	} while (*text);
}
