/* SPDX-License-Identifier: GPL-2.0-only */
/* Listens for changes of devices. Messages only wake the listener: what is true is always read from
 * a full dump (netlink.h). */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "monitor.h"

enum {
	/* Room for a burst of devices; beyond it the kernel says ENOBUFS and we look at all. */
	MONITOR_BUFFER_BYTES = 8 << 20,
	READ_BUFFER_BYTES = 64 << 10,
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

int vfg_monitor_open(struct mnl_socket **ret_monitor)
{
	struct mnl_socket *monitor __attribute__((cleanup(close_socket))) = NULL;
	int bytes = MONITOR_BUFFER_BYTES;

	monitor = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!monitor || mnl_socket_bind(monitor, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	/* A smaller buffer only means that ENOBUFS comes earlier. */
	if (setsockopt(mnl_socket_get_fd(monitor), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		       sizeof(bytes)) < 0)
		setsockopt(mnl_socket_get_fd(monitor), SOL_SOCKET, SO_RCVBUF, &bytes,
			   sizeof(bytes));
	*ret_monitor = monitor;
	monitor = NULL;
	return 0;
}

int vfg_monitor_fd(const struct mnl_socket *monitor)
{
	return mnl_socket_get_fd(monitor);
}

void vfg_monitor_close(struct mnl_socket *monitor)
{
	mnl_socket_close(monitor);
}

static int is_change(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	bool *changed = data;

	if ((message->nlmsg_type == RTM_NEWLINK || message->nlmsg_type == RTM_DELLINK) &&
	    info->ifi_family == AF_UNSPEC)
		*changed = true;
	return MNL_CB_OK;
}

int vfg_monitor_drain(struct mnl_socket *monitor, bool *ret_changed)
{
	char buffer[READ_BUFFER_BYTES];
	bool changed = false;

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(monitor, buffer, sizeof(buffer));

		if (got > 0)
			mnl_cb_run(buffer, (size_t)got, 0, 0, is_change, &changed);
		else if (got < 0 && errno == ENOBUFS)
			changed = true;
		else if (got < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		else
			return got < 0 ? -errno : -EIO;
	}
	*ret_changed = changed;
	return 0;
}
