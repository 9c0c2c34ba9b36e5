/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal of `vfguard top`. Only this knows ncurses. */
#ifndef VFG_LOADER_TOP_SCREEN_H
#define VFG_LOADER_TOP_SCREEN_H

#include <signal.h>

#include "top_text.h"

enum {
	VFG_TOP_KEY_NONE = -1,	 /* time is up, or a signal came */
	VFG_TOP_KEY_RESIZE = -2, /* the terminal has another size */
};

/**
 * vfg_top_screen_open - take the terminal over
 *
 * Colours where the terminal has them, and NO_COLOR is not in the environment.
 *
 * Return: 0, or an exit status, reported: no terminal, or one that cannot move its cursor.
 */
int vfg_top_screen_open(void);

/* Give the terminal back as it was. */
void vfg_top_screen_close(void);

void vfg_top_screen_size(size_t *ret_lines, size_t *ret_columns);
void vfg_top_screen_draw(const struct vfg_top_page *page);

/**
 * vfg_top_screen_key - wait for a key
 * @signals: that may end the wait
 *
 * Return: the key, or one of VFG_TOP_KEY_*.
 */
int vfg_top_screen_key(int timeout_ms, const sigset_t *signals);

#endif
