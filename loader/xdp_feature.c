/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the netdev family of generic netlink. Its numbers are here, as headers are older. */
#include <linux/genetlink.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "xdp_feature.h"

enum {
	NETDEV_COMMAND_DEVICE_GET = 1,
	NETDEV_ATTRIBUTE_IFINDEX = 1,
	NETDEV_ATTRIBUTE_XDP_FEATURES = 3,
	NETDEV_XDP_BASIC = 1, /* XDP_ABORTED, _DROP, _PASS and _TX */
	BUFFER_BYTES = 16 << 10,
};

struct answer {
	uint16_t attribute; /* which one is asked for */
	bool found;
	uint64_t value;
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct answer *answer = data;

	if (mnl_attr_get_type(attribute) != answer->attribute)
		return MNL_CB_OK;
	answer->found = true;
	answer->value = mnl_attr_get_payload_len(attribute) >= sizeof(uint64_t)
				? mnl_attr_get_u64(attribute)
				: mnl_attr_get_u16(attribute);
	return MNL_CB_OK;
}

static int take(const struct nlmsghdr *message, void *data)
{
	mnl_attr_parse(message, sizeof(struct genlmsghdr), take_attribute, data);
	return MNL_CB_STOP;
}

static struct nlmsghdr *put_request(char *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	request->nlmsg_type = family;
	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = 1;
	generic = mnl_nlmsg_put_extra_header(request, sizeof(*generic));
	generic->cmd = command;
	generic->version = 1;
	return request;
}

static bool ask(struct mnl_socket *socket, const struct nlmsghdr *request, struct answer *answer)
{
	char buffer[BUFFER_BYTES];
	ssize_t got;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return false;
	got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	return got > 0 &&
	       mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), take, answer) >=
		       0 &&
	       answer->found;
}

int vfg_xdp_feature(unsigned int ifindex)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) =
		mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	struct answer family = {.attribute = CTRL_ATTR_FAMILY_ID};
	struct answer features = {.attribute = NETDEV_ATTRIBUTE_XDP_FEATURES};
	char buffer[BUFFER_BYTES];
	struct nlmsghdr *request;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	request = put_request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, "netdev");
	if (!ask(socket, request, &family))
		return -1;
	request = put_request(buffer, (uint16_t)family.value, NETDEV_COMMAND_DEVICE_GET);
	mnl_attr_put_u32(request, NETDEV_ATTRIBUTE_IFINDEX, ifindex);
	if (!ask(socket, request, &features))
		return -1;
	return features.value & NETDEV_XDP_BASIC ? 1 : 0;
}
