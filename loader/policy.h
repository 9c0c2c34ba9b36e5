/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy as the command line names it: an image, or sources that are compiled on the way. */
#ifndef VFG_LOADER_POLICY_H
#define VFG_LOADER_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/nsgc.h"

struct vfg_policy_request {
	const char *file; /* -p */
	const char *name; /* of the policy in messages: the first file named */
	bool has_options; /* any of SOURCES or OPTIONS */
	struct vfg_options options;
};

/* An image in memory, checked, whichever way it came. */
struct vfg_policy_file {
	const void *image;
	size_t bytes;
	struct vfg_tables tables;
	const char *source; /* the files that it came from, by their full names; "" where none */
};

/**
 * vfg_policy_begin - set up the request
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_policy_begin(struct vfg_policy_request *request);
void vfg_policy_end(struct vfg_policy_request *request);
#define autopolicy __attribute__((cleanup(vfg_policy_end)))

/**
 * vfg_policy_take - take argv[*index] if it is -p or one of SOURCES or OPTIONS
 * @ret_taken: whether it was
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_policy_take(struct vfg_policy_request *request, int argc, char **argv, int *index,
		    bool *ret_taken);

/**
 * vfg_policy_open - read or compile the policy
 * @ret_file: lives as long as the request
 *
 * Return: 0, or an exit status, reported: every message of the compiler is printed.
 */
int vfg_policy_open(struct vfg_policy_request *request, const char *command,
		    struct vfg_policy_file *ret_file);

#endif
