/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws pages on a terminal and reads its keys, by ncurses. */
#include <curses.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "say.h"
#include "top_screen.h"

enum { PAIR_BAD = 1 };

static SCREEN *screen;

int vfg_top_screen_open(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return vfg_say(VFG_EXIT_REFUSED, "top", "needs a terminal; --batch does without");
	screen = newterm(NULL, stdout, stdin);
	if (screen && !tigetstr("cup")) {
		vfg_top_screen_close();
		screen = NULL;
	}
	if (!screen)
		return vfg_say(
			VFG_EXIT_REFUSED, "top",
			"the terminal is of type \"%s\", which cannot be drawn on; set TERM, "
			"or use --batch",
			term ? term : "");
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (has_colors() && !(no_color && *no_color)) {
		start_color();
		use_default_colors();
		init_pair(PAIR_BAD, COLOR_RED, -1);
	}
	return 0;
}

void vfg_top_screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void vfg_top_screen_size(size_t *ret_lines, size_t *ret_columns)
{
	*ret_lines = LINES > 0 ? (size_t)LINES : 1;
	*ret_columns = COLS > 0 ? (size_t)COLS : 1;
}

static attr_t attribute(enum vfg_top_style style)
{
	const char *no_color = getenv("NO_COLOR");

	switch (style) {
	case VFG_TOP_PLAIN:
		return A_NORMAL;
	case VFG_TOP_TITLE:
		return A_BOLD;
	case VFG_TOP_HEADING:
		return A_REVERSE;
	case VFG_TOP_BAD:
		return has_colors() && !(no_color && *no_color) ? (attr_t)COLOR_PAIR(PAIR_BAD)
								: A_NORMAL;
	}
	return A_NORMAL;
}

void vfg_top_screen_draw(const struct vfg_top_page *page)
{
	erase();
	for (size_t i = 0; i < page->count && (int)i < LINES; i++) {
		attr_t style = attribute(page->style[i]);

		attron(style);
		mvaddnstr((int)i, 0, page->line[i], COLS);
		if (page->style[i] == VFG_TOP_HEADING && getcurx(stdscr) > 0)
			hline(' ' | A_REVERSE, COLS - getcurx(stdscr));
		attroff(style);
	}
	refresh();
}

int vfg_top_screen_key(int timeout_ms, const sigset_t *signals)
{
	const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	struct pollfd keyboard = {.fd = STDIN_FILENO, .events = POLLIN};
	int key = getch(), ready;

	if (key == ERR) {
		ready = ppoll(&keyboard, 1, &timeout, signals);
		key = getch();
		/* A terminal that was closed says so for ever. */
		if (key == ERR && ready > 0 && (keyboard.revents & (POLLHUP | POLLERR)))
			return 'q';
	}
	if (key == KEY_RESIZE)
		return VFG_TOP_KEY_RESIZE;
	return key == ERR ? VFG_TOP_KEY_NONE : key;
}
