/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines for people: broken where the screen ends, coloured where there is a terminal. Knows neither
 * terminals nor what the lines are about. Pure.
 */
#ifndef VFG_LOADER_SCREEN_H
#define VFG_LOADER_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

enum vfg_style {
	VFG_STYLE_PLAIN = 0,
	VFG_STYLE_ALARM = 1,
	VFG_STYLE_TITLE = 2,
	VFG_STYLE_GOOD = 3,
};

struct vfg_screen {
	FILE *to;
	int width; /* 0: lines are as long as they are */
	bool colour;
};

/**
 * vfg_screen_line - print a line
 * @format: as printf()'s, without a newline
 *
 * Where it is longer than the screen is wide it goes on in the next line, further in than it began;
 * broken at blanks, and inside a word only where that alone is longer than a line. Characters that
 * would move the cursor become '?'.
 */
void vfg_screen_line(const struct vfg_screen *screen, enum vfg_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
