/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes, checks and takes away the XDP links of single devices. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "cleanup.h"
#include "pinned.h"

int vfg_attach_xdp(const struct vfg_pins *pins, unsigned int ifindex, enum vfg_mode mode,
		   struct vfg_attach_done *ret_done)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == VFG_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	autofd int program_fd = vfg_pin_get(pins, VFG_PIN_XDP);
	autofd int link = -1;

	*ret_done = (struct vfg_attach_done){};
	if (program_fd < 0)
		return program_fd;
	link = bpf_link_create(program_fd, (int)ifindex, BPF_XDP, &options);
	if (link < 0)
		return link;
	return vfg_pinned_put(pins, VFG_PIN_LINK_XDP, ifindex, link, &ret_done->stale);
}

int vfg_attach_renew(const struct vfg_pins *pins, unsigned int ifindex, enum vfg_mode mode)
{
	struct vfg_attach_done done;
	int err = vfg_attach_undo(pins, ifindex);

	return err && err != -ENOENT ? err : vfg_attach_xdp(pins, ifindex, mode, &done);
}

int vfg_attach_undo(const struct vfg_pins *pins, unsigned int ifindex)
{
	return vfg_pinned_undo(pins, VFG_PIN_LINK_XDP, ifindex);
}

bool vfg_attach_live(const struct vfg_pins *pins, unsigned int ifindex)
{
	return vfg_pinned_live(pins, VFG_PIN_LINK_XDP, ifindex);
}
