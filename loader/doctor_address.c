/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look for addresses and routes on devices below a master, by rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "doctor.h"

enum { DUMP_BUFFER_BYTES = 64 << 10 };

static const char on_a_vf[] = "connections by it bypass the master, and end when the host takes "
			      "the VF away";

struct looking {
	struct vfg_doctor *doctor;
	const struct vfg_doctor_master *master;
	size_t found;
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

/* The device, where it is one below the master. */
static const struct vfg_link *find(const struct looking *looking, unsigned int ifindex)
{
	const struct vfg_link *link = vfg_links_by_index(&looking->doctor->links, ifindex);

	return link && vfg_doctor_is_below(looking->master, link) ? link : NULL;
}

/* The kernel gives each device that is up such an address; nothing is routed by it. */
static bool is_link_local(int family, const void *address)
{
	const uint8_t *byte = address;

	return family == AF_INET6 &&
	       ((byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80) || byte[0] == 0xff);
}

static int take_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	struct looking *looking = data;
	const struct vfg_link *link = find(looking, info->ifa_index);
	const struct nlattr *attribute, *address = NULL;
	struct vfg_finding *finding;
	char text[INET6_ADDRSTRLEN];

	if (!link)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof(*info))
	{
		int type = mnl_attr_get_type(attribute);

		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !address))
			address = attribute;
	}
	if (!address || is_link_local(info->ifa_family, mnl_attr_get_payload(address)) ||
	    !inet_ntop(info->ifa_family, mnl_attr_get_payload(address), text, sizeof(text)))
		return MNL_CB_OK;
	looking->found++;
	finding = vfg_finding_add(&looking->doctor->findings, "vf-address", VFG_FINDING_WARNING,
				  link->name);
	vfg_finding_says(finding, "it has an address, %s/%u; addresses belong on %s", text,
			 info->ifa_prefixlen, looking->master->device.link.name);
	vfg_finding_means(finding, "%s", on_a_vf);
	vfg_finding_mend(finding, "ip address del %s/%u dev %s", text, info->ifa_prefixlen,
			 link->name);
	return MNL_CB_OK;
}

struct route {
	const struct nlattr *to;
	unsigned int device;
};

static struct route read_route(const struct nlmsghdr *message)
{
	const struct nlattr *attribute;
	struct route route = {};

	mnl_attr_for_each(attribute, message, sizeof(struct rtmsg))
	{
		int type = mnl_attr_get_type(attribute);

		if (type == RTA_DST)
			route.to = attribute;
		else if (type == RTA_OIF)
			route.device = mnl_attr_get_u32(attribute);
		else if (type == RTA_MULTIPATH) {
			const struct rtnexthop *hop = mnl_attr_get_payload(attribute);

			if (mnl_attr_get_payload_len(attribute) >= sizeof(*hop))
				route.device = (unsigned int)hop->rtnh_ifindex;
		}
	}
	return route;
}

/* Those that the kernel has made go with an address, which is told of. */
static int take_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(message);
	struct looking *looking = data;
	struct route route = read_route(message);
	const struct vfg_link *link = find(looking, route.device);
	char text[INET6_ADDRSTRLEN] = "default", prefix[8] = "";
	struct vfg_finding *finding;

	if (!link || info->rtm_protocol == RTPROT_KERNEL || info->rtm_table == RT_TABLE_LOCAL ||
	    info->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	if (route.to) {
		if (is_link_local(info->rtm_family, mnl_attr_get_payload(route.to)) ||
		    !inet_ntop(info->rtm_family, mnl_attr_get_payload(route.to), text,
			       sizeof(text)))
			return MNL_CB_OK;
		snprintf(prefix, sizeof(prefix), "/%u", info->rtm_dst_len);
	}
	looking->found++;
	finding = vfg_finding_add(&looking->doctor->findings, "vf-route", VFG_FINDING_WARNING,
				  link->name);
	vfg_finding_says(finding, "a route leads by it: %s%s; routes belong on %s", text, prefix,
			 looking->master->device.link.name);
	vfg_finding_means(finding, "%s", on_a_vf);
	vfg_finding_mend(finding, "ip%s route del %s%s dev %s",
			 info->rtm_family == AF_INET6 ? " -6" : "", text, prefix, link->name);
	return MNL_CB_OK;
}

static int dump(uint16_t type, mnl_cb_t take, void *data)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buffer[DUMP_BUFFER_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	int more = MNL_CB_OK;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	/* The first byte of both heads is the family: all of them. */
	mnl_nlmsg_put_extra_header(request, sizeof(struct rtmsg));
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), take,
				  data);
	}
	return more < 0 && errno != EINTR ? -errno : 0;
}

void vfg_doctor_addresses(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	struct looking looking = {.doctor = doctor, .master = master};
	const char *name = master->device.link.name;
	int err = dump(RTM_GETADDR, take_address, &looking);

	if (!err && !looking.found)
		vfg_finding_fine(&doctor->findings, "vf-address", name,
				 "no device below it has an address");
	looking.found = 0;
	err = dump(RTM_GETROUTE, take_route, &looking);
	if (!err && !looking.found)
		vfg_finding_fine(&doctor->findings, "vf-route", name,
				 "no route leads by a device below it");
}
