/* SPDX-License-Identifier: GPL-2.0-only */
/* Chooses between tcx and clsact, and keeps our program ahead of others. */
#include <errno.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "clsact.h"
#include "pinned.h"
#include "tc.h"
#include "tcx.h"

uint32_t vfg_tc_program_id(int program_fd)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	return bpf_obj_get_info_by_fd(program_fd, &info, &bytes) < 0 ? 0 : info.id;
}

static enum vfg_pin_link kind_of(const struct vfg_tc_hook *hook)
{
	return hook->direction == VFG_INBOUND ? VFG_PIN_LINK_TC_IN : VFG_PIN_LINK_TC_OUT;
}

static bool is_first(const struct vfg_tc_hook *hook, int program_fd)
{
	struct vfg_tcx_programs programs;

	/* What cannot be asked is no reason to act. */
	return vfg_tcx_query(hook->ifindex, hook->direction, &programs) || !programs.count ||
	       programs.id[0] == vfg_tc_program_id(program_fd);
}

static int put_filter(const struct vfg_tc_hook *hook, int program_fd, struct vfg_tc_done *done)
{
	int err = vfg_clsact_prepare(hook->ifindex, &done->created_clsact);

	return err ? err : vfg_clsact_attach(hook->ifindex, hook->direction, program_fd);
}

static int put_link(const struct vfg_tc_hook *hook, int program_fd)
{
	autofd int link = vfg_tcx_attach(hook->ifindex, hook->direction, program_fd);
	bool stale;

	return link < 0 ? link
			: vfg_pinned_put(hook->pins, kind_of(hook), hook->ifindex, link, &stale);
}

static void drop_filter(const struct vfg_tc_hook *hook, int program_fd, struct vfg_tc_done *done)
{
	bool removed = false;

	vfg_clsact_detach(hook->ifindex, hook->direction, program_fd);
	if (done->created_clsact)
		vfg_clsact_tidy(hook->ifindex, &removed);
	done->created_clsact = done->created_clsact && !removed;
}

/* The kernel takes a program but once, so the old link goes before the new one comes. */
static int move_ahead(const struct vfg_tc_hook *hook, int program_fd, struct vfg_tc_done *done)
{
	int err = put_filter(hook, program_fd, done);

	if (err) {
		drop_filter(hook, program_fd, done);
		return err;
	}
	vfg_pinned_undo(hook->pins, kind_of(hook), hook->ifindex);
	err = put_link(hook, program_fd);
	if (err)
		return err; /* the filter stays: a later call begins from there */
	drop_filter(hook, program_fd, done);
	done->moved = true;
	return 0;
}

static int cover_by_link(const struct vfg_tc_hook *hook, int program_fd, struct vfg_tc_done *done)
{
	int err;

	if (vfg_pinned_live(hook->pins, kind_of(hook), hook->ifindex))
		return is_first(hook, program_fd) ? 0 : move_ahead(hook, program_fd, done);
	err = put_link(hook, program_fd);
	if (err)
		return err;
	drop_filter(hook, program_fd, done);
	done->put = true;
	return 0;
}

static int cover_by_filter(const struct vfg_tc_hook *hook, int program_fd, struct vfg_tc_done *done)
{
	int err;

	if (vfg_clsact_attached(hook->ifindex, hook->direction, program_fd))
		return 0;
	err = put_filter(hook, program_fd, done);
	done->put = !err;
	return err;
}

int vfg_tc_cover(const struct vfg_tc_hook *hook, enum vfg_tc_way way, struct vfg_tc_done *ret_done)
{
	autofd int program_fd = vfg_pin_get(hook->pins, hook->program);
	int err;

	*ret_done = (struct vfg_tc_done){};
	if (program_fd < 0)
		return program_fd;
	if (way == VFG_TC_CLSACT || (way == VFG_TC_AUTO && !vfg_tcx_supported()))
		return cover_by_filter(hook, program_fd, ret_done);
	err = cover_by_link(hook, program_fd, ret_done);
	/* A chain that is full, say: a filter is better than nothing. */
	if (err && err != -ENODEV && way == VFG_TC_AUTO)
		return cover_by_filter(hook, program_fd, ret_done);
	return err;
}

int vfg_tc_remove(const struct vfg_tc_hook *hook)
{
	autofd int program_fd = vfg_pin_get(hook->pins, hook->program);
	int link = vfg_pinned_undo(hook->pins, kind_of(hook), hook->ifindex);
	int filter = program_fd < 0 ? program_fd
				    : vfg_clsact_detach(hook->ifindex, hook->direction, program_fd);

	if (link && link != -ENOENT)
		return link;
	return filter == -ENOENT ? link : filter;
}

enum vfg_tc_way vfg_tc_find(const struct vfg_tc_hook *hook)
{
	autofd int program_fd = -1;

	if (vfg_pinned_live(hook->pins, kind_of(hook), hook->ifindex))
		return VFG_TC_TCX;
	program_fd = vfg_pin_get(hook->pins, hook->program);
	if (program_fd >= 0 && vfg_clsact_attached(hook->ifindex, hook->direction, program_fd))
		return VFG_TC_CLSACT;
	return VFG_TC_AUTO;
}
