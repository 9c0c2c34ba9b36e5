/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects rtnetlink's messages about devices for whoever accounts for them. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "hearing.h"

enum {
	SOCKET_BUFFER_BYTES = 4 << 20,
	READ_BUFFER_BYTES = 64 << 10,
};

struct vfg_hearing {
	struct mnl_socket *socket;
	struct vfg_links heard;
};

int vfg_hearing_open(struct vfg_hearing **ret_hearing)
{
	struct vfg_hearing *hearing = calloc(1, sizeof(*hearing));
	int bytes = SOCKET_BUFFER_BYTES, err;

	if (!hearing)
		return -ENOMEM;
	hearing->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!hearing->socket ||
	    mnl_socket_bind(hearing->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		vfg_hearing_close(hearing);
		return err;
	}
	setsockopt(mnl_socket_get_fd(hearing->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	*ret_hearing = hearing;
	return 0;
}

void vfg_hearing_close(struct vfg_hearing *hearing)
{
	if (hearing->socket)
		mnl_socket_close(hearing->socket);
	vfg_links_free(&hearing->heard);
	free(hearing);
}

static int keep(const struct nlmsghdr *message, void *data)
{
	return vfg_links_take(data, message) ? MNL_CB_ERROR : MNL_CB_OK;
}

const struct vfg_links *vfg_hearing_take(struct vfg_hearing *hearing)
{
	char buffer[READ_BUFFER_BYTES];

	hearing->heard.count = 0;
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(hearing->socket, buffer, sizeof(buffer));

		if (got > 0)
			mnl_cb_run(buffer, (size_t)got, 0, 0, keep, &hearing->heard);
		else if (errno != ENOBUFS && errno != EINTR)
			return &hearing->heard;
	}
}
