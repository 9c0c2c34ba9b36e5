/* SPDX-License-Identifier: GPL-2.0-only */
/* Spans of time: from the programs' ticks, and as people read them. Pure. */
#ifndef VFG_LOADER_AGE_H
#define VFG_LOADER_AGE_H

#include <stddef.h>
#include <stdint.h>

enum { VFG_AGE_TEXT_MAX = 24 };

/**
 * vfg_age_ms - ticks (maps/control.h) in milliseconds
 * @jiffies_hz: of vfg_tick_hz()
 */
uint64_t vfg_age_ms(uint32_t ticks, uint32_t jiffies_hz);

/**
 * vfg_age_text - "7s", "4m05s", "3h07m", "12d04h"
 * @ret_text: VFG_AGE_TEXT_MAX bytes
 *
 * Return: its length.
 */
size_t vfg_age_text(uint64_t ms, char *ret_text);

#endif
