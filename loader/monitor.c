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
	DRAIN_MAX = 10000, /* messages at once, so that a storm does not keep us from acting */
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

int vfg_monitor_open(struct vfg_monitor *ret_monitor)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) = NULL;
	int bytes = MONITOR_BUFFER_BYTES;

	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!socket || mnl_socket_bind(socket, RTMGRP_LINK | RTMGRP_TC, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	/* A smaller buffer only means that ENOBUFS comes earlier. */
	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		       sizeof(bytes)) < 0)
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	*ret_monitor = (struct vfg_monitor){.socket = socket};
	socket = NULL;
	return 0;
}

int vfg_monitor_fd(const struct vfg_monitor *monitor)
{
	return mnl_socket_get_fd(monitor->socket);
}

void vfg_monitor_close(struct vfg_monitor *monitor)
{
	if (monitor->socket)
		mnl_socket_close(monitor->socket);
	monitor->socket = NULL;
}

/* What one drain works on. */
struct drain {
	struct vfg_monitor *monitor;
	struct vfg_news *news;
	uint64_t since_ns;
};

static struct vfg_sighting *find(struct vfg_monitor *monitor, uint32_t ifindex)
{
	for (size_t i = 0; i < VFG_MONITOR_SIGHTINGS; i++) {
		if (monitor->sighting[i].ifindex == ifindex)
			return &monitor->sighting[i];
	}
	return NULL;
}

static void forget(struct vfg_monitor *monitor, uint32_t ifindex)
{
	struct vfg_sighting *sighting = find(monitor, ifindex);

	if (sighting)
		*sighting = (struct vfg_sighting){};
}

/* The oldest place where none is free: more than that many devices below masters are not timed. */
static void see(struct drain *drain, uint32_t ifindex, uint32_t master)
{
	struct vfg_monitor *monitor = drain->monitor;
	struct vfg_sighting *sighting = find(monitor, ifindex);

	if (sighting && sighting->master == master)
		return;
	if (!sighting)
		sighting = find(monitor, 0);
	if (!sighting) {
		sighting = &monitor->sighting[monitor->next];
		monitor->next = (monitor->next + 1) % VFG_MONITOR_SIGHTINGS;
	}
	*sighting = (struct vfg_sighting){ifindex, master, drain->since_ns};
	drain->news->fresh = true;
}

static int take_master(const struct nlattr *attribute, void *data)
{
	uint32_t *master = data;

	if (mnl_attr_get_type(attribute) == IFLA_MASTER)
		*master = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

/* A bridge tells of its ports under AF_BRIDGE too, and says DELLINK when it releases one, which
 * goes on to live: those are not about devices. */
static void take_device(struct drain *drain, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	uint32_t ifindex, master = 0;

	if (info->ifi_family != AF_UNSPEC)
		return;
	drain->news->devices = true;
	ifindex = (uint32_t)info->ifi_index;
	if (message->nlmsg_type == RTM_NEWLINK)
		mnl_attr_parse(message, sizeof(*info), take_master, &master);
	if (master)
		see(drain, ifindex, master);
	else
		forget(drain->monitor, ifindex);
}

static int take(const struct nlmsghdr *message, void *data)
{
	struct drain *drain = data;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		take_device(drain, message);
		break;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		drain->news->tc = true;
		break;
	}
	return MNL_CB_OK;
}

int vfg_monitor_drain(struct vfg_monitor *monitor, uint64_t since_ns, struct vfg_news *ret_news)
{
	struct vfg_news news = {};
	struct drain drain = {monitor, &news, since_ns};
	char buffer[READ_BUFFER_BYTES];

	for (int i = 0; i < DRAIN_MAX; i++) {
		ssize_t got = mnl_socket_recvfrom(monitor->socket, buffer, sizeof(buffer));

		if (got > 0)
			mnl_cb_run(buffer, (size_t)got, 0, 0, take, &drain);
		else if (got < 0 && errno == ENOBUFS)
			news.lost = true;
		else if (got < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		else
			return got < 0 ? -errno : -EIO;
	}
	*ret_news = news;
	return 0;
}

uint64_t vfg_monitor_first(const struct vfg_monitor *monitor, uint32_t ifindex, uint32_t master)
{
	const struct vfg_sighting *sighting = find((struct vfg_monitor *)monitor, ifindex);

	return sighting && sighting->master == master ? sighting->at_ns : 0;
}
