/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes and queries tcx links. By the system call itself: libbpf knows them from 1.3 on, and kernel
 * headers from 6.6 on, so the few numbers and layouts stand here.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcx.h"

enum {
	TCX_INGRESS = 46, /* enum bpf_attach_type */
	TCX_EGRESS = 47,
	TCX_BEFORE = 1 << 3, /* BPF_F_BEFORE; with no relative program: before all */
	LOOPBACK = 1,
};

/* The members of union bpf_attr that the two commands read. */
struct link_create {
	__u32 prog_fd;
	__u32 target_ifindex;
	__u32 attach_type;
	__u32 flags;
	__u32 relative_fd;
	__u32 pad0;
	__u64 expected_revision;
};

struct prog_query {
	__u32 target_ifindex;
	__u32 attach_type;
	__u32 query_flags;
	__u32 attach_flags;
	__u64 prog_ids;
	__u32 count;
	__u32 pad0;
	__u64 prog_attach_flags;
	__u64 link_ids;
	__u64 link_attach_flags;
	__u64 revision;
};

static __u32 type_of(enum vfg_direction direction)
{
	return direction == VFG_INBOUND ? TCX_INGRESS : TCX_EGRESS;
}

int vfg_tcx_attach(unsigned int ifindex, enum vfg_direction direction, int program_fd)
{
	struct link_create create = {
		.prog_fd = (__u32)program_fd,
		.target_ifindex = ifindex,
		.attach_type = type_of(direction),
		.flags = TCX_BEFORE,
	};
	long link = syscall(__NR_bpf, BPF_LINK_CREATE, &create, sizeof(create));

	return link < 0 ? -errno : (int)link;
}

int vfg_tcx_query(unsigned int ifindex, enum vfg_direction direction,
		  struct vfg_tcx_programs *ret_programs)
{
	struct vfg_tcx_programs programs = {};
	struct prog_query query = {
		.target_ifindex = ifindex,
		.attach_type = type_of(direction),
		.prog_ids = (__u64)(unsigned long)programs.id,
		.count = VFG_TCX_PROGRAMS_MAX,
	};

	if (syscall(__NR_bpf, BPF_PROG_QUERY, &query, sizeof(query)) < 0 && errno != ENOENT)
		return -errno;
	programs.count = query.count < VFG_TCX_PROGRAMS_MAX ? query.count : VFG_TCX_PROGRAMS_MAX;
	/* ENOENT: there has never been one, and the count is as it was given. */
	if (!programs.id[0])
		programs.count = 0;
	*ret_programs = programs;
	return 0;
}

bool vfg_tcx_supported(void)
{
	struct vfg_tcx_programs programs;

	return vfg_tcx_query(LOOPBACK, VFG_INBOUND, &programs) == 0;
}
