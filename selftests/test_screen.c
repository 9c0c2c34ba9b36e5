/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines for people: where they are broken, what is coloured, what cannot get through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/screen.h"

static char *printed;

static void drop_printed(void)
{
	free(printed);
}

TestSuite(screen, .fini = drop_printed);

static void print(int width, bool colour, enum vfg_style style, const char *text)
{
	size_t bytes;
	struct vfg_screen screen = {.width = width, .colour = colour};

	free(printed);
	screen.to = open_memstream(&printed, &bytes);
	cr_assert(screen.to != NULL);
	vfg_screen_line(&screen, style, "%s", text);
	fclose(screen.to);
}

static const struct {
	const char *name;
	int width;
	const char *text;
	const char *expected;
} rows[] = {
	{"fits", 40, "  one two", "  one two\n"},
	{"fits to the last column", 30, "0123456789 0123456789 01234567",
	 "0123456789 0123456789 01234567\n"},
	{"goes on further in", 30, "0123456789 0123456789 012345678",
	 "0123456789 0123456789\n    012345678\n"},
	{"further in than it began", 30, "  0123456789 0123456789 012345678",
	 "  0123456789 0123456789\n      012345678\n"},
	{"a word longer than a line", 26, "01234567890123456789012345678901234567890123456789",
	 "01234567890123456789012345\n    6789012345678901234567\n    89\n"},
	{"not broken elsewhere", 0,
	 "0123456789 0123456789 012345678 0123456789 0123456789 0123456789",
	 "0123456789 0123456789 012345678 0123456789 0123456789 0123456789\n"},
	{"too narrow to break", 10, "0123456789 0123456789", "0123456789 0123456789\n"},
	{"nothing", 80, "", "\n"},
	{"no cursor is moved", 80, "a\033[2Jb\nc\td", "a?[2Jb?c?d\n"},
};

Test(screen, lines_are_broken_where_the_screen_ends)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print(rows[i].width, false, VFG_STYLE_ALARM, rows[i].text);
		cr_expect(eq(str, printed, (char *)rows[i].expected), "%s", rows[i].name);
	}
}

Test(screen, colour_begins_and_ends_in_every_line)
{
	print(30, true, VFG_STYLE_ALARM, "0123456789 0123456789 012345678");
	cr_expect(eq(str, printed,
		     "\033[1;31m0123456789 0123456789\033[0m\n    \033[1;31m012345678\033[0m\n"));
	print(30, true, VFG_STYLE_PLAIN, "plain");
	cr_expect(eq(str, printed, "plain\n"));
}

Test(screen, no_line_is_ever_wider)
{
	char text[400];

	srand(7);
	for (int round = 0; round < 2000; round++) {
		int width = 30 + rand() % 90, length = rand() % 399;

		for (int i = 0; i < length; i++)
			text[i] = rand() % 6 ? 'x' : ' ';
		text[length] = '\0';
		if (strspn(text, " ") > 4)
			continue;
		print(width, false, VFG_STYLE_PLAIN, text);
		for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
			cr_assert(le(sz, strcspn(line, "\n"), (size_t)width), "%d: %s", width,
				  text);
	}
}
