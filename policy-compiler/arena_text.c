/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays and texts in an arena, by nothing but its allocation: whatever arena there is.
 */
#include <stdarg.h>
#include <string.h>

#include "nsgc.h"

void *vfg_arena_array(struct vfg_arena *arena, size_t count, size_t item_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		return NULL;
	return vfg_arena_alloc(arena, bytes);
}

char *vfg_arena_format(struct vfg_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length >= 0)
		text = vfg_arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

char *vfg_arena_strndup(struct vfg_arena *arena, const char *text, size_t length)
{
	char *copy = vfg_arena_alloc(arena, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}
