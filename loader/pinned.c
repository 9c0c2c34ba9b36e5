/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks after links that are pinned, whatever they attach. */
#include <errno.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "pinned.h"

int vfg_pinned_put(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex,
		   int link, bool *ret_stale)
{
	int err = vfg_pin_put_link(pins, kind, ifindex, link);

	if (err != -EEXIST || vfg_pinned_live(pins, kind, ifindex))
		return err;
	vfg_pinned_undo(pins, kind, ifindex);
	*ret_stale = true;
	return vfg_pin_put_link(pins, kind, ifindex, link);
}

int vfg_pinned_undo(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex)
{
	autofd int link = vfg_pin_get_link(pins, kind, ifindex);

	if (link < 0)
		return link;
	/* Before 5.11 links cannot be detached; there the end of the last reference does it. */
	bpf_link_detach(link);
	return vfg_pin_drop_link(pins, kind, ifindex);
}

bool vfg_pinned_live(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex)
{
	autofd int link = vfg_pin_get_link(pins, kind, ifindex);
	struct bpf_link_info info = {};
	__u32 bytes = sizeof(info);

	/* xdp.ifindex and tcx.ifindex, which older headers lack, are the same word. */
	return link >= 0 && bpf_obj_get_info_by_fd(link, &info, &bytes) == 0 &&
	       info.xdp.ifindex == ifindex;
}
