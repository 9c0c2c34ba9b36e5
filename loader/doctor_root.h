/* SPDX-License-Identifier: GPL-2.0-only */
/* Files and commands of the machine that the doctor looks at, below a root of its own. */
#ifndef VFG_LOADER_DOCTOR_ROOT_H
#define VFG_LOADER_DOCTOR_ROOT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A path below the root. Return: false where it is too long. */
bool vfg_root_path(const char *root, const char *path, char ret_path[PATH_MAX]);

/* Is there anything of that name, a link that leads nowhere too? */
bool vfg_root_has(const char *root, const char *path);

/* Is it a link to /dev/null, or empty: what systemd and udev take for "not there"? */
bool vfg_root_is_masked(const char *root, const char *path);

/**
 * vfg_root_read - read a text file
 *
 * Return: the text, to be freed, NUL behind it; NULL where it cannot be read or is above 65 MiB.
 */
char *vfg_root_read(const char *root, const char *path);

/* The same of any file, with its length. */
char *vfg_root_read_bytes(const char *root, const char *path, size_t *ret_bytes);

/* A file that holds a number. Return: @missing where it does not. */
long vfg_root_number(const char *root, const char *path, long missing);

/**
 * vfg_root_visit - call @visit for each file of a folder whose name ends in @suffix, in order of
 * names; files that are masked are left out
 */
void vfg_root_visit(const char *root, const char *folder, const char *suffix,
		    void (*visit)(const char *path, const char *text, void *data), void *data);

/**
 * vfg_root_run - run a command, found by PATH, its standard error thrown away
 * @ret_output: its output, cut to @room
 *
 * Return: its exit status, or -errno; -ENOENT where there is no such command.
 */
int vfg_root_run(const char *const argv[], char *ret_output, size_t room);

enum vfg_root_written {
	VFG_ROOT_WRITTEN,
	VFG_ROOT_SAME,	/* it was there, with this content */
	VFG_ROOT_OTHER, /* it is there, with other content: left alone */
};

/**
 * vfg_root_write - make a file that is not there, whole or not at all
 *
 * Folders that are missing are made. Return: enum vfg_root_written, or -errno.
 */
int vfg_root_write(const char *root, const char *path, const char *text, size_t bytes);

#endif
