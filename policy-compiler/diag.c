/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of messages that a compile leaves behind: errors and warnings in the order in which
 * they were found, each one line of text. Printing them is the commands' business.
 */
#include <stdarg.h>

#include "nsgc.h"

/* Names and values come from the input: none may break the line or move the terminal's cursor. */
static const char *one_line(struct vfg_arena *arena, const char *text)
{
	char *copy = vfg_arena_format(arena, "%s", text ? text : "");

	if (!copy)
		return "";
	for (char *at = copy; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
	return copy;
}

static const char *formatted(struct vfg_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text = NULL;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length >= 0)
		text = vfg_arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

static void append(struct vfg_diag *diag, struct vfg_message *message)
{
	if (diag->last)
		diag->last->next = message;
	else
		diag->first = message;
	diag->last = message;
}

/* Without memory for a message, say that once; the counts stay right. */
static void append_spare(struct vfg_diag *diag)
{
	if (diag->spare.code)
		return;
	diag->spare = (struct vfg_message){
		.severity = VFG_ERROR,
		.code = "OutOfMemory",
		.text = "the input needs more memory than the limit allows",
		.file = "",
		.rule = "",
		.field = "",
	};
	append(diag, &diag->spare);
}

void vfg_diag_add(struct vfg_diag *diag, enum vfg_severity severity, struct vfg_place place,
		  const char *code, const char *format, ...)
{
	struct vfg_message *message = vfg_arena_alloc(diag->arena, sizeof(*message));
	const char *text;
	va_list args;

	va_start(args, format);
	text = formatted(diag->arena, format, args);
	va_end(args);

	if (severity == VFG_ERROR)
		diag->errors++;
	else
		diag->warnings++;
	if (!message || !text) {
		append_spare(diag);
		return;
	}
	*message = (struct vfg_message){
		.severity = severity,
		.code = code,
		.text = one_line(diag->arena, text),
		.file = one_line(diag->arena, place.file),
		.rule = one_line(diag->arena, place.rule),
		.field = one_line(diag->arena, place.field),
	};
	append(diag, message);
}
