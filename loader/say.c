/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints messages in the one form that all commands share. Says nothing by itself. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "say.h"

static const char *program = "vfguard";

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_DEBUG || !getenv("VFGUARD_DEBUG"))
		return 0;
	return vfprintf(stderr, format, arguments);
}

static void print_line(const char *where, const char *format, va_list arguments)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	fprintf(stderr, "%s: %s: %s\n", program, where, text);
}

int vfg_say(enum vfg_exit status, const char *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(where, format, arguments);
	va_end(arguments);
	return status;
}

void vfg_note(const char *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(where, format, arguments);
	va_end(arguments);
}

void vfg_say_setup(const char *name)
{
	program = name;
	libbpf_set_print(print_libbpf);
}

const char *vfg_say_program(void)
{
	return program;
}
