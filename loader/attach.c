/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes, checks and takes away the XDP links of single devices. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "cleanup.h"

int vfg_attach_xdp(const struct vfg_pins *pins, int program_fd, unsigned int ifindex,
		   enum vfg_mode mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == VFG_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	autofd int link = bpf_link_create(program_fd, (int)ifindex, BPF_XDP, &options);
	int err;

	if (link < 0)
		return link;
	err = vfg_pin_put_link(pins, ifindex, link);
	if (err == -EEXIST && !vfg_attach_live(pins, ifindex)) {
		vfg_attach_undo(pins, ifindex);
		err = vfg_pin_put_link(pins, ifindex, link);
	}
	return err;
}

int vfg_attach_undo(const struct vfg_pins *pins, unsigned int ifindex)
{
	autofd int link = vfg_pin_get_link(pins, ifindex);

	if (link < 0)
		return link;
	/* Before 5.11 links cannot be detached; there the end of the last reference does it. */
	bpf_link_detach(link);
	return vfg_pin_drop_link(pins, ifindex);
}

bool vfg_attach_live(const struct vfg_pins *pins, unsigned int ifindex)
{
	autofd int link = vfg_pin_get_link(pins, ifindex);
	struct bpf_link_info info = {};
	__u32 bytes = sizeof(info);

	return link >= 0 && bpf_obj_get_info_by_fd(link, &info, &bytes) == 0 &&
	       info.xdp.ifindex == ifindex;
}

const char *vfg_attach_reason(int err)
{
	switch (-err) {
	case 0:
		return "asked for";
	case EOPNOTSUPP:
		return "the driver has no native XDP, or not with this MTU or LRO; try a smaller "
		       "MTU and `ethtool -K DEV lro off`";
	case EINVAL:
	case ERANGE:
		return "the driver refuses XDP with these settings; try a smaller MTU and "
		       "`ethtool -K DEV lro off`";
	case EBUSY:
	case EEXIST:
		return "another XDP program is on the device or above it; remove that first";
	case ENODEV:
		return "the device is going away";
	case ENOMEM:
		return "the driver has no room for more queues; use fewer channels (`ethtool -L`)";
	}
	return strerror(-err);
}
