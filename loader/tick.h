/* SPDX-License-Identifier: GPL-2.0-only */
/* How many ticks of the kernel's clock (jiffies) there are to a second. */
#ifndef VFG_LOADER_TICK_H
#define VFG_LOADER_TICK_H

#include <stdint.h>

/**
 * vfg_tick_hz - CONFIG_HZ of the running kernel, from its configuration, else measured
 *
 * Measured by a program that returns bpf_jiffies64(), run twice, against CLOCK_MONOTONIC.
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_tick_hz(uint32_t *ret_hz);

/**
 * vfg_tick_now - what time it is for the programs, in ticks (maps/control.h)
 *
 * Return: 0 or -errno.
 */
int vfg_tick_now(uint32_t *ret_ticks);

#endif
