/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look for sockets that are bound to a device below a master, by sock_diag. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "cleanup.h"
#include "doctor.h"

enum {
	DUMP_BUFFER_BYTES = 64 << 10,
	SOCKETS_MAX = 64, /* told of */
	COMM_BYTES = 32,
};

struct bound {
	unsigned int ifindex;
	uint32_t inode;
	uint8_t protocol;
	uint16_t port;
	pid_t pid; /* 0 where /proc does not tell */
	char comm[COMM_BYTES];
};

struct looking {
	struct vfg_doctor *doctor;
	uint8_t protocol; /* of this dump */
	bool is_denied;	  /* a dump failed */
	size_t count;
	struct bound bound[SOCKETS_MAX];
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

static int take(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *info = mnl_nlmsg_get_payload(message);
	struct looking *looking = data;
	const struct vfg_link *link;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info) || !info->id.idiag_if)
		return MNL_CB_OK;
	link = vfg_links_by_index(&looking->doctor->links, info->id.idiag_if);
	if (!link || !vfg_doctor_above(looking->doctor, link) || looking->count == SOCKETS_MAX)
		return MNL_CB_OK;
	looking->bound[looking->count++] = (struct bound){
		.ifindex = info->id.idiag_if,
		.inode = info->idiag_inode,
		.protocol = looking->protocol,
		.port = ntohs(info->id.idiag_sport),
	};
	return MNL_CB_OK;
}

static int dump(struct looking *looking, uint8_t family)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) =
		mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	char buffer[DUMP_BUFFER_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *question;
	int more = MNL_CB_OK;

	request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	question = mnl_nlmsg_put_extra_header(request, sizeof(*question));
	question->sdiag_family = family;
	question->sdiag_protocol = looking->protocol;
	question->idiag_states = ~0U;
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), take,
				  looking);
	}
	return more < 0 && errno != EINTR ? -errno : 0;
}

/* ---- whose they are ---- */

static void read_comm(pid_t pid, char ret_comm[COMM_BYTES])
{
	char path[64];
	autofile FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(ret_comm, COMM_BYTES, file))
		strcpy(ret_comm, "?");
	ret_comm[strcspn(ret_comm, "\n")] = '\0';
}

static void match(struct looking *looking, uint32_t inode, pid_t pid)
{
	for (size_t i = 0; i < looking->count; i++) {
		struct bound *bound = &looking->bound[i];

		if (bound->inode != inode || bound->pid)
			continue;
		bound->pid = pid;
		read_comm(pid, bound->comm);
	}
}

static void look_at_process(struct looking *looking, const char *name)
{
	char path[64], target[64];
	autodir DIR *dir = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		unsigned int inode;

		if (length <= 0)
			continue;
		target[length] = '\0';
		if (sscanf(target, "socket:[%u]", &inode) == 1)
			match(looking, inode, (pid_t)strtol(name, NULL, 10));
	}
}

static void look_for_owners(struct looking *looking)
{
	autodir DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at_process(looking, entry->d_name);
	}
}

/* ---- what is told ---- */

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	}
	return "raw";
}

static void tell(struct vfg_doctor *doctor, const struct bound *bound)
{
	const struct vfg_link *link = vfg_links_by_index(&doctor->links, bound->ifindex);
	const struct vfg_doctor_master *master = vfg_doctor_above(doctor, link);
	struct vfg_finding *finding =
		vfg_finding_add(&doctor->findings, "vf-socket", VFG_FINDING_WARNING, link->name);
	char owner[COMM_BYTES + 16] = "a process that cannot be named";

	if (bound->pid)
		snprintf(owner, sizeof(owner), "%s (pid %d)", bound->comm, bound->pid);
	vfg_finding_says(finding, "%s has a %s socket bound to it, port %u", owner,
			 protocol_name(bound->protocol), bound->port);
	vfg_finding_means(finding,
			  "it receives nothing that %s is handed, and fails when the host "
			  "takes the VF away",
			  master->device.link.name);
	if (bound->pid)
		vfg_finding_mend(finding,
				 "have %s bind to %s or to an address, and restart it (kill %d)",
				 bound->comm, master->device.link.name, bound->pid);
	else
		vfg_finding_mend(finding, "`ss -tuanpe` as root names it; have it bind to %s",
				 master->device.link.name);
}

void vfg_doctor_sockets(struct vfg_doctor *doctor)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_RAW};
	autofree struct looking *looking = calloc(1, sizeof(*looking));

	if (!looking)
		return;
	looking->doctor = doctor;
	for (size_t i = 0; i < sizeof(protocols) && doctor->count; i++) {
		looking->protocol = protocols[i];
		/* Kernels may be without the part for a protocol. */
		looking->is_denied |= dump(looking, AF_INET) != 0 && protocols[i] != IPPROTO_RAW;
		looking->is_denied |= dump(looking, AF_INET6) != 0 && protocols[i] != IPPROTO_RAW;
	}
	if (looking->count)
		look_for_owners(looking);
	for (size_t i = 0; i < looking->count; i++)
		tell(doctor, &looking->bound[i]);
	if (doctor->count && !looking->count && !looking->is_denied)
		vfg_finding_fine(&doctor->findings, "vf-socket", NULL,
				 "no socket is bound to a device below a master");
}
