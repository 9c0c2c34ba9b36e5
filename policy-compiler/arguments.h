/* SPDX-License-Identifier: GPL-2.0-only */
/* Command-line pieces that nsgc and vfguard share (options.c, ask.c). */
#ifndef VFG_POLICY_COMPILER_ARGUMENTS_H
#define VFG_POLICY_COMPILER_ARGUMENTS_H

#include "nsgc.h"

/*
 * SOURCES and OPTIONS of the command line. The caller offers each argument in turn; file contents
 * come through @read, so that the library stays without system calls.
 */
struct vfg_options {
	struct vfg_arena *arena;
	/* Reads a whole file into the arena. Return: 0 or -errno; the callback has reported the
	 * error by then. */
	int (*read)(struct vfg_arena *arena, const char *file, const char **ret_text,
		    size_t *ret_bytes);
	struct vfg_request request; /* filled; arrays live in the arena */
	size_t source_room, tag_room, param_room;
};

/**
 * vfg_options_take - take argv[*index] if it is one of SOURCES' or OPTIONS' flags
 * @index: moved past the flag's value
 * @ret_problem: on -EINVAL, what is wrong with it, one line
 *
 * Return: 1 taken, 0 not one of ours, -EINVAL wrong usage, other -errno from @read (reported by
 * it).
 */
int vfg_options_take(struct vfg_options *options, int argc, char **argv, int *index,
		     const char **ret_problem);

/**
 * vfg_options_at_fault - whose fault is it that a file could not be read?
 * @err: -errno of the read callback
 *
 * Return: true where the name or the file is wrong (no such file, a directory, too large), false
 * where the system refused.
 */
bool vfg_options_at_fault(int err);

/**
 * vfg_options_file - add FILE as a source of kind VFG_SOURCE_ANY
 * @file: FILE or FILE#NAME; read at once
 *
 * Return: 0, or -errno from @read (reported by it) or -ENOMEM.
 */
int vfg_options_file(struct vfg_options *options, const char *file);

/* The lines of --help about SOURCES and OPTIONS, and about verify's flags. */
extern const char vfg_options_help[];
extern const char vfg_question_help[];

/*
 * Flags of verify: --direction, --protocol, --local, --remote; --batch and --json are the command's
 * own. The ports stand in the tuple once vfg_question_complete() has returned 0.
 */
struct vfg_question {
	struct vfg_tuple tuple;
	const char *protocol; /* as the user spelled it */
	bool has_direction, has_protocol, has_local, has_remote;
	bool has_local_port, has_remote_port;
	uint8_t local_family, remote_family;
};

enum {
	/* The source port of a question that names none. */
	VFG_QUESTION_SOURCE_PORT = 50000,
};

/**
 * vfg_question_take - take argv[*index] if it is one of verify's flags
 * @index: moved past the flag's value
 * @ret_problem: on -EINVAL, what is wrong with it, one line
 *
 * Return: 1 taken, 0 not one of ours, -EINVAL with @ret_problem.
 */
int vfg_question_take(struct vfg_question *question, int argc, char **argv, int *index,
		      const char **ret_problem);

/**
 * vfg_question_complete - is everything there, and does it fit together (families, ports)?
 * @ret_problem: on -EINVAL, what is missing or does not fit, one line
 *
 * TCP and UDP need the port of the destination's side; a source port that is missing or `*`
 * becomes VFG_QUESTION_SOURCE_PORT.
 *
 * Return: 0, or -EINVAL with @ret_problem.
 */
int vfg_question_complete(struct vfg_question *question, const char **ret_problem);

/**
 * vfg_question_line - one CSV line of --batch: direction,protocol,local,localport,remote,remoteport
 * @line: without its newline
 * @ret_problem: on -EINVAL, what is wrong with it: a word or a phrase without a comma
 *
 * Return: 0 or -EINVAL.
 */
int vfg_question_line(const char *line, struct vfg_tuple *ret_tuple, const char **ret_problem);

/**
 * vfg_question_read - the same of a line in a larger text
 * @length: of the line, without its newline; a NUL in it is refused, for what stands behind it
 * would be lost
 *
 * Return: 0, or -EINVAL with @ret_problem.
 */
int vfg_question_read(const char *text, size_t length, struct vfg_tuple *ret_tuple,
		      const char **ret_problem);

#endif
