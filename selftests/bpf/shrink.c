/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes of the tests that repeat themselves; nothing becomes smaller in silence. */
#include <stdio.h>
#include <stdlib.h>

#include "shrink.h"

size_t shrink(const char *what, size_t whole)
{
	const char *text = getenv("VFG_SHRINK");
	size_t by = text ? strtoul(text, NULL, 10) : 1, size;

	if (by <= 1)
		return whole;
	size = whole > by ? whole / by : 1;
	fprintf(stderr, "VFG_SHRINK=%zu: %zu %s instead of %zu\n", by, size, what, whole);
	return size;
}
