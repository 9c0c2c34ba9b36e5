/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches and detaches TC filters, and never touches a filter that is not ours. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>

#include "clsact.h"

enum {
	PRIORITY = 1,
	HANDLE = 1,
	DUMP_BUFFER_BYTES = 32 << 10,
};

static struct bpf_tc_hook hook_of(unsigned int ifindex, enum vfg_direction direction)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = (int)ifindex,
		.attach_point = direction == VFG_INBOUND ? BPF_TC_INGRESS : BPF_TC_EGRESS,
	};
}

static uint32_t program_id(int program_fd)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	return bpf_obj_get_info_by_fd(program_fd, &info, &bytes) < 0 ? 0 : info.id;
}

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

/* Filters below one side of the clsact qdisc, whosever they are, in the order in which they run. */
static int walk_filters(unsigned int ifindex, uint32_t side, mnl_cb_t take, void *data)
{
	struct mnl_socket *socket __attribute__((cleanup(close_socket))) = NULL;
	char buffer[DUMP_BUFFER_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct tcmsg *filter;
	int more = MNL_CB_OK;

	request->nlmsg_type = RTM_GETTFILTER;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	filter = mnl_nlmsg_put_extra_header(request, sizeof(*filter));
	filter->tcm_family = AF_UNSPEC;
	filter->tcm_ifindex = (int)ifindex;
	filter->tcm_parent = TC_H_MAKE(TC_H_CLSACT, side);
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), take,
				  data);
		if (more < 0)
			return -errno;
	}
	return 0;
}

static int count_message(const struct nlmsghdr *message, void *data)
{
	int *count = data;

	if (message->nlmsg_type == RTM_NEWTFILTER)
		(*count)++;
	return MNL_CB_OK;
}

static int count_filters(unsigned int ifindex, uint32_t side, int *ret_count)
{
	*ret_count = 0;
	return walk_filters(ifindex, side, count_message, ret_count);
}

struct search {
	bool found_ours;
	struct vfg_clsact_rivals rivals;
};

/* A filter without a handle stands for all of its priority. */
static int take_rival(const struct nlmsghdr *message, void *data)
{
	const struct tcmsg *filter = mnl_nlmsg_get_payload(message);
	struct search *search = data;
	struct vfg_clsact_rivals *rivals = &search->rivals;

	if (message->nlmsg_type != RTM_NEWTFILTER || filter->tcm_info >> 16 != PRIORITY ||
	    !filter->tcm_handle)
		return MNL_CB_OK;
	if (filter->tcm_handle == HANDLE) {
		search->found_ours = true;
	} else if (rivals->count < VFG_CLSACT_RIVALS_MAX) {
		rivals->rival[rivals->count].handle = filter->tcm_handle;
		rivals->rival[rivals->count++].is_ahead = !search->found_ours;
	}
	return MNL_CB_OK;
}

int vfg_clsact_rivals(unsigned int ifindex, enum vfg_direction direction,
		      struct vfg_clsact_rivals *ret_rivals)
{
	uint32_t side = direction == VFG_INBOUND ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	struct search search = {};
	int err = walk_filters(ifindex, side, take_rival, &search);

	if (!err)
		*ret_rivals = search.rivals;
	return err;
}

int vfg_clsact_prepare(unsigned int ifindex, bool *ret_created)
{
	struct bpf_tc_hook hook = hook_of(ifindex, VFG_INBOUND);
	int err;

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		return err;
	*ret_created = !err;
	return 0;
}

int vfg_clsact_attach(unsigned int ifindex, enum vfg_direction direction, int program_fd)
{
	struct bpf_tc_hook hook = hook_of(ifindex, direction);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program_fd, .handle = HANDLE,
		    .priority = PRIORITY);

	return bpf_tc_attach(&hook, &options);
}

int vfg_clsact_replace(unsigned int ifindex, enum vfg_direction direction, int program_fd)
{
	struct bpf_tc_hook hook = hook_of(ifindex, direction);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program_fd, .handle = HANDLE,
		    .priority = PRIORITY, .flags = BPF_TC_F_REPLACE);

	return bpf_tc_attach(&hook, &options);
}

bool vfg_clsact_attached(unsigned int ifindex, enum vfg_direction direction, int program_fd)
{
	struct bpf_tc_hook hook = hook_of(ifindex, direction);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);
	uint32_t id = program_id(program_fd);

	return id && bpf_tc_query(&hook, &options) == 0 && options.prog_id == id;
}

int vfg_clsact_detach(unsigned int ifindex, enum vfg_direction direction, int program_fd)
{
	struct bpf_tc_hook hook = hook_of(ifindex, direction);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);

	if (!vfg_clsact_attached(ifindex, direction, program_fd))
		return -ENOENT;
	return bpf_tc_detach(&hook, &options);
}

int vfg_clsact_tidy(unsigned int ifindex, bool *ret_removed)
{
	struct bpf_tc_hook hook = hook_of(ifindex, VFG_INBOUND);
	int ingress = 0, egress = 0;
	int err = count_filters(ifindex, TC_H_MIN_INGRESS, &ingress);

	if (err)
		return err;
	err = count_filters(ifindex, TC_H_MIN_EGRESS, &egress);
	if (err)
		return err;
	if (ingress || egress) {
		*ret_removed = false;
		return 0;
	}
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_destroy(&hook);
	if (err)
		return err;
	*ret_removed = true;
	return 0;
}
