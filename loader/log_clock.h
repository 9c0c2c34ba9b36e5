/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs' clock, read from outside of them. */
#ifndef VFG_LOADER_LOG_CLOCK_H
#define VFG_LOADER_LOG_CLOCK_H

#include <stdint.h>

/**
 * vfg_log_clock_open - load the program that tells the time
 *
 * Return: a file descriptor, or -errno.
 */
int vfg_log_clock_open(void);

/**
 * vfg_log_clock_read - ticks (maps/control.h) now
 *
 * Return: 0 or -errno.
 */
int vfg_log_clock_read(int fd, uint32_t *ret_ticks);

#endif
