/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads devices by rtnetlink dump. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "netlink.h"

enum {
	DUMP_BUFFER_BYTES = 64 << 10,
	DUMP_TRIES = 10,
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

static void copy_text(char *to, size_t room, const struct nlattr *attribute)
{
	size_t bytes =
		strnlen(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

	if (bytes >= room)
		bytes = room - 1;
	memcpy(to, mnl_attr_get_payload(attribute), bytes);
	to[bytes] = '\0';
}

static void copy_address(struct vfg_link *link, const struct nlattr *attribute)
{
	size_t bytes = mnl_attr_get_payload_len(attribute);

	if (bytes > VFG_LINK_ADDRESS_MAX)
		bytes = VFG_LINK_ADDRESS_MAX;
	memcpy(link->address, mnl_attr_get_payload(attribute), bytes);
	link->address_bytes = (uint8_t)bytes;
}

static int take_kind(const struct nlattr *attribute, void *data)
{
	struct vfg_link *link = data;

	if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
		copy_text(link->kind, sizeof(link->kind), attribute);
	return MNL_CB_OK;
}

/* Only one of them is there, but for a device with a program in hardware besides. */
static int take_program(const struct nlattr *attribute, void *data)
{
	struct vfg_link *link = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_XDP_PROG_ID:
	case IFLA_XDP_DRV_PROG_ID:
	case IFLA_XDP_SKB_PROG_ID:
		link->xdp_program = mnl_attr_get_u32(attribute);
		break;
	}
	return MNL_CB_OK;
}

static void copy_counts(struct vfg_link *link, const struct nlattr *attribute)
{
	struct rtnl_link_stats64 counts = {};
	size_t bytes = mnl_attr_get_payload_len(attribute);

	/* Kernels and headers may know more of them or fewer. */
	memcpy(&counts, mnl_attr_get_payload(attribute),
	       bytes < sizeof(counts) ? bytes : sizeof(counts));
	link->counts = (struct vfg_link_counts){.rx_packets = counts.rx_packets,
						.rx_dropped = counts.rx_dropped,
						.rx_nohandler = counts.rx_nohandler};
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct vfg_link *link = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		copy_text(link->name, sizeof(link->name), attribute);
		break;
	case IFLA_MASTER:
		link->master = mnl_attr_get_u32(attribute);
		break;
	case IFLA_MTU:
		link->mtu = mnl_attr_get_u32(attribute);
		break;
	case IFLA_CARRIER_CHANGES:
		link->carrier_changes = mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINK_NETNSID:
		link->link_netnsid = (int)mnl_attr_get_u32(attribute);
		break;
	case IFLA_XDP:
		mnl_attr_parse_nested(attribute, take_program, link);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attribute, take_kind, link);
		break;
	case IFLA_ADDRESS: /* comes before IFLA_PERM_ADDRESS, which overrules it */
	case IFLA_PERM_ADDRESS:
		copy_address(link, attribute);
		break;
	case IFLA_STATS64:
		copy_counts(link, attribute);
		break;
	}
	return MNL_CB_OK;
}

int vfg_links_take(struct vfg_links *links, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	bool gone = message->nlmsg_type == RTM_DELLINK;
	struct vfg_link *link;

	/* Bridges repeat their ports under AF_BRIDGE. */
	if ((message->nlmsg_type != RTM_NEWLINK && !gone) || info->ifi_family != AF_UNSPEC)
		return 0;
	if (links->count == links->room) {
		size_t room = links->room ? links->room * 2 : 32;

		link = reallocarray(links->link, room, sizeof(*link));
		if (!link)
			return -ENOMEM;
		links->link = link;
		links->room = room;
	}
	link = &links->link[links->count++];
	*link = (struct vfg_link){.ifindex = (unsigned int)info->ifi_index,
				  .flags = info->ifi_flags,
				  .link_netnsid = -1,
				  .gone = gone};
	mnl_attr_parse(message, sizeof(*info), take_attribute, link);
	return 0;
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	return vfg_links_take(data, message) ? MNL_CB_ERROR : MNL_CB_OK;
}

/* -EINTR: devices changed under the dump (NLM_F_DUMP_INTR), so it is not one consistent picture. */
static int dump_links(struct vfg_links *links)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) = NULL;
	char buffer[DUMP_BUFFER_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	ssize_t got;
	int more = MNL_CB_OK;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), take_link,
				  links);
		if (more < 0)
			return errno ? -errno : -ENOMEM;
	}
	return 0;
}

int vfg_links_read(struct vfg_links *ret_links)
{
	struct vfg_links links = {};
	int err = -EINTR;

	for (int i = 0; i < DUMP_TRIES && (err == -EINTR || err == -ENOBUFS); i++) {
		links.count = 0;
		err = dump_links(&links);
	}
	if (err) {
		vfg_links_free(&links);
		return err;
	}
	*ret_links = links;
	return 0;
}

void vfg_links_free(struct vfg_links *links)
{
	free(links->link);
	*links = (struct vfg_links){};
}

const struct vfg_link *vfg_links_by_name(const struct vfg_links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++) {
		if (!strcmp(links->link[i].name, name))
			return &links->link[i];
	}
	return NULL;
}

const struct vfg_link *vfg_links_by_index(const struct vfg_links *links, unsigned int ifindex)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->link[i].ifindex == ifindex)
			return &links->link[i];
	}
	return NULL;
}
