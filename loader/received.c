/* SPDX-License-Identifier: GPL-2.0-only */
/* The one table of what drivers count. */
#include <string.h>

#include "ethtool.h"
#include "received.h"

struct kind {
	const char *driver;
	bool packets_include_dropped; /* by XDP */
	bool dropped_include_dropped;
	bool by_device;
};

static const struct kind kinds[] = {
	{"veth", true, false, false},	    {"virtio_net", true, true, false},
	{"hv_netvsc", false, false, false}, {"mlx5_core", false, false, false},
	{"mana", false, true, false},	    {"vmxnet3", true, true, true},
	{"e1000e", true, true, true},	    {"e1000", true, true, true},
	{"igbvf", true, true, true},	    {"iavf", true, true, true},
};

static const struct kind unknown = {"", true, true, false};

static const struct kind *kind_of(const char *driver)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].driver, driver))
			return &kinds[i];
	}
	return &unknown;
}

/* hv_netvsc and what has nothing below it; all others only pass on what the devices below bring. */
bool vfg_received_is_path(const struct vfg_device *master, const struct vfg_link *link)
{
	if (link->ifindex != master->link.ifindex)
		return link->master == master->link.ifindex;
	return master->xdp_on_self && strcmp(master->link.kind, "bond") != 0;
}

void vfg_received_as(const char *driver, const struct vfg_link *link, uint64_t xdp_dropped,
		     struct vfg_received *ret_received)
{
	const struct kind *kind = kind_of(driver);
	struct vfg_received received = {
		.packets = link->counts.rx_packets,
		.dropped = link->counts.rx_dropped,
		.nohandler = link->counts.rx_nohandler,
	};

	if (!kind->packets_include_dropped)
		received.packets += xdp_dropped;
	if (kind->dropped_include_dropped)
		received.dropped -= received.dropped < xdp_dropped ? received.dropped : xdp_dropped;
	*ret_received = received;
}

void vfg_received_read(const struct vfg_device *master, const struct vfg_link *link,
		       uint64_t xdp_dropped, struct vfg_received *ret_received)
{
	bool is_master = link->ifindex == master->link.ifindex;
	char driver[VFG_DRIVER_MAX];

	if (is_master)
		strcpy(driver, master->driver);
	else
		vfg_ethtool_driver(link->name, driver, sizeof(driver));
	vfg_received_as(driver, link, xdp_dropped, ret_received);
	if (!is_master)
		return;
	ret_received->dropped = 0;
	ret_received->nohandler = 0;
	/* Read later than the packets, so never too small. */
	if (!strcmp(driver, "hv_netvsc"))
		ret_received->unknown =
			vfg_ethtool_synthetic(link->name, &ret_received->by_vf, &ret_received->own);
}

bool vfg_received_by_device(const char *driver)
{
	return kind_of(driver)->by_device;
}
