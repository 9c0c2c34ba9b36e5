/* SPDX-License-Identifier: GPL-2.0-only */
/* Spans of time, without printf(): flow tables are long. */
#include "age.h"

#include "../maps/control.h"
#include "endpoint.h"

uint64_t vfg_age_ms(uint32_t ticks, uint32_t jiffies_hz)
{
	return ((uint64_t)ticks << VFG_TICK_SHIFT) * 1000 / jiffies_hz;
}

static char *two_digits(char *at, uint64_t number)
{
	*at++ = (char)('0' + number / 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

size_t vfg_age_text(uint64_t ms, char *ret_text)
{
	static const struct {
		uint64_t seconds, part;
		char unit, part_unit;
	} steps[] = {{86400, 3600, 'd', 'h'}, {3600, 60, 'h', 'm'}, {60, 1, 'm', 's'}};
	uint64_t seconds = ms / 1000;
	char *at = ret_text;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (seconds < steps[i].seconds)
			continue;
		at = vfg_number_text(at, seconds / steps[i].seconds);
		*at++ = steps[i].unit;
		at = two_digits(at, seconds % steps[i].seconds / steps[i].part);
		*at++ = steps[i].part_unit;
		*at = '\0';
		return (size_t)(at - ret_text);
	}
	at = vfg_number_text(at, seconds);
	*at++ = 's';
	*at = '\0';
	return (size_t)(at - ret_text);
}
