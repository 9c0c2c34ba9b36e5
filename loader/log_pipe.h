/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard output for who follows: a reader that is too slow loses records, which are counted, and
 * holds up nothing.
 */
#ifndef VFG_LOADER_LOG_PIPE_H
#define VFG_LOADER_LOG_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VFG_LOG_PIPE_BYTES = 1 << 20 };

struct vfg_log_pipe {
	int fd;
	bool is_own; /* opened by us, and non-blocking */
	bool closed; /* the reader has gone */
	char *text;
	size_t begin, end;
	uint64_t records;
	uint64_t lost;
	int error; /* -errno of the last write that failed */
};

/* Return: 0 or -ENOMEM. */
int vfg_log_pipe_open(int fd, struct vfg_log_pipe *ret_pipe);
void vfg_log_pipe_close(struct vfg_log_pipe *pipe);

/* A whole piece, or none of it where there is no room. Return: false where there was none. */
bool vfg_log_pipe_put(struct vfg_log_pipe *pipe, const char *text, size_t bytes, uint64_t records);

/* As much as the reader takes now. */
void vfg_log_pipe_flush(struct vfg_log_pipe *pipe);

static inline bool vfg_log_pipe_is_empty(const struct vfg_log_pipe *pipe)
{
	return pipe->begin == pipe->end;
}

#endif
