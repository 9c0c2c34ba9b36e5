/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows something again and again: in place on a terminal, one after the other elsewhere. */
#ifndef VFG_LOADER_REPEAT_H
#define VFG_LOADER_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "screen.h"

/* How standard output is to be written: as wide as the terminal, in colour where there is one and
 * neither NO_COLOR nor TERM=dumb speaks against it; elsewhere lines are not broken. */
struct vfg_screen vfg_screen_of_output(void);

/**
 * vfg_repeat_seconds - read the time between two pictures
 * @text: 0.1 to 3600
 *
 * Return: false where it is none.
 */
bool vfg_repeat_seconds(const char *text, uint64_t *ret_ns);

struct vfg_repeat {
	uint64_t interval_ns;
	/* Draw one picture. Return: 0, or an exit status, reported; that of the first picture ends
	   it, later ones are shown and do not. */
	int (*draw)(const struct vfg_screen *screen, void *data);
	void *data;
	bool is_stream; /* for scripts: nothing but what is drawn */
};

/**
 * vfg_repeat_run - draw until SIGINT, SIGTERM or SIGHUP
 *
 * On a terminal, in its other screen, which is left as it was found; what does not fit is counted
 * in the last line. Elsewhere pictures are parted by a line with the time. Stopped by SIGTSTP, it
 * gives the terminal back until it is continued.
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_repeat_run(const struct vfg_repeat *repeat);

#endif
