/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints messages in the one form that all commands share, with a priority where the journal reads
 * them. Says nothing by itself.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "say.h"

static const char *program = "vfguard";
static bool to_journal;
static FILE *diverted; /* NULL: standard error */

void vfg_say_line(int priority, const char *text)
{
	char prefix[8] = "";

	if (to_journal)
		snprintf(prefix, sizeof(prefix), "<%d>", priority);
	fprintf(diverted ? diverted : stderr, "%s%s\n", prefix, text);
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_DEBUG || !getenv("VFGUARD_DEBUG"))
		return 0;
	return vfprintf(stderr, format, arguments);
}

static void print_line(int priority, const char *where, const char *format, va_list arguments)
{
	char text[1024], line[1280];

	vsnprintf(text, sizeof(text), format, arguments);
	snprintf(line, sizeof(line), "%s: %s: %s", program, where, text);
	vfg_say_line(priority, line);
}

int vfg_say(enum vfg_exit status, const char *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(LOG_ERR, where, format, arguments);
	va_end(arguments);
	return status;
}

void vfg_note(const char *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(LOG_INFO, where, format, arguments);
	va_end(arguments);
}

void vfg_warn(const char *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(LOG_WARNING, where, format, arguments);
	va_end(arguments);
}

void vfg_say_divert(FILE *stream)
{
	diverted = stream;
}

/* JOURNAL_STREAM: device and inode of the stream that the service manager made. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat info;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(fd, &info) == 0 &&
	       info.st_dev == device && info.st_ino == inode;
}

void vfg_say_setup(const char *name)
{
	program = name;
	to_journal = is_journal(STDERR_FILENO);
	libbpf_set_print(print_libbpf);
}

const char *vfg_say_program(void)
{
	return program;
}
