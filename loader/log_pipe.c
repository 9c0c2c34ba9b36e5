/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps what a reader has not taken yet, up to a limit, and never waits for him. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "log_pipe.h"

/* Pipes and terminals can be opened once more: others who share the descriptor keep theirs. A file
 * would begin anew, and never makes one wait. */
static int open_again(int fd)
{
	struct stat info;
	char path[32];

	if (fstat(fd, &info) < 0 || !(S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int vfg_log_pipe_open(int fd, struct vfg_log_pipe *ret_pipe)
{
	int again = open_again(fd);

	*ret_pipe = (struct vfg_log_pipe){.fd = again < 0 ? fd : again,
					  .is_own = again >= 0,
					  .text = malloc(VFG_LOG_PIPE_BYTES)};
	return ret_pipe->text ? 0 : -ENOMEM;
}

void vfg_log_pipe_close(struct vfg_log_pipe *pipe)
{
	if (pipe->is_own)
		vfg_close_fd(&pipe->fd);
	free(pipe->text);
	*pipe = (struct vfg_log_pipe){.fd = -1};
}

bool vfg_log_pipe_put(struct vfg_log_pipe *pipe, const char *text, size_t bytes, uint64_t records)
{
	if (pipe->begin) {
		memmove(pipe->text, pipe->text + pipe->begin, pipe->end - pipe->begin);
		pipe->end -= pipe->begin;
		pipe->begin = 0;
	}
	if (bytes > VFG_LOG_PIPE_BYTES - pipe->end) {
		pipe->lost += records;
		return false;
	}
	memcpy(pipe->text + pipe->end, text, bytes);
	pipe->end += bytes;
	pipe->records += records;
	return true;
}

/* Of others' descriptors no more than what a pipe takes without waiting, once it is ready. */
static bool is_ready(const struct vfg_log_pipe *pipe)
{
	struct pollfd wait = {.fd = pipe->fd, .events = POLLOUT};

	return pipe->is_own || poll(&wait, 1, 0) > 0;
}

void vfg_log_pipe_flush(struct vfg_log_pipe *pipe)
{
	while (!vfg_log_pipe_is_empty(pipe) && !pipe->closed && is_ready(pipe)) {
		size_t left = pipe->end - pipe->begin;
		ssize_t done = write(pipe->fd, pipe->text + pipe->begin,
				     left < PIPE_BUF ? left : PIPE_BUF);

		if (done > 0) {
			pipe->begin += (size_t)done;
			pipe->error = 0;
		} else if (done < 0 && errno == EPIPE) {
			pipe->closed = true;
		} else if (done < 0 && errno != EINTR) {
			pipe->error = errno == EAGAIN ? 0 : -errno;
			return;
		}
	}
}
