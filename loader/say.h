/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages: one clear line each on standard error, and the exit status that goes with it. */
#ifndef VFG_LOADER_SAY_H
#define VFG_LOADER_SAY_H

#include <stdio.h>

/*
 * Exit status of every command. A function that says "reported" in its comment returns 0 or one of
 * these, and has printed the line; one that says -errno has printed nothing.
 */
enum vfg_exit {
	VFG_EXIT_DONE = 0,
	VFG_EXIT_REFUSED = 1, /* by the input's fault */
	VFG_EXIT_USAGE = 2,
	VFG_EXIT_SYSTEM = 3,
};

/**
 * vfg_say - print `vfguard: WHERE: what; what to do`
 * @where: the file, device or command that it is about
 *
 * Return: @status, for the caller to hand on.
 */
int vfg_say(enum vfg_exit status, const char *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A line of the same form about something done, or not fatal ("..., continuing"). */
void vfg_note(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same about something that is not as it should be, and not fatal. */
void vfg_warn(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * vfg_say_line - print a line that is made up already
 * @priority: of syslog(3)
 */
void vfg_say_line(int priority, const char *text);

/**
 * vfg_say_divert - have all lines written to a stream, for who wants to see them first
 * @stream: NULL for standard error again
 */
void vfg_say_divert(FILE *stream);

/**
 * vfg_say_setup - take the program's name for messages, and keep libbpf quiet
 *
 * Lines carry their priority, as "<3>", where the journal reads standard error (JOURNAL_STREAM).
 * libbpf's own lines are printed only where VFGUARD_DEBUG is set in the environment.
 */
void vfg_say_setup(const char *program);
const char *vfg_say_program(void);

#endif
