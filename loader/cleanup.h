/* SPDX-License-Identifier: GPL-2.0-only */
/* Release at the end of scope: file descriptors, memory, streams. take_fd() hands over. */
#ifndef VFG_LOADER_CLEANUP_H
#define VFG_LOADER_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void vfg_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void vfg_free_memory(void *pointer)
{
	free(*(void **)pointer);
}

static inline void vfg_close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void vfg_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define autofd	 __attribute__((cleanup(vfg_close_fd)))
#define autofree __attribute__((cleanup(vfg_free_memory)))
#define autodir	 __attribute__((cleanup(vfg_close_dir)))
#define autofile __attribute__((cleanup(vfg_close_file)))

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
