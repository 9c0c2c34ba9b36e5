/* SPDX-License-Identifier: GPL-2.0-only */
/* The one table of where XDP goes, by kind of master. */
#include <string.h>

#include "../maps/answer.h"
#include "device.h"
#include "ethtool.h"
#include "say.h"

enum place {
	ON_SELF,   /* the kernel hands the program to what is below */
	ON_LOWERS, /* the device has no hook of its own, or one that would shut theirs */
};

struct kind {
	const char *kind;   /* IFLA_INFO_KIND, or NULL */
	const char *driver; /* ethtool driver, or NULL */
	enum place place;
};

/*
 * Attaching on both a device and one below it fails with EEXIST, or overwrites silently (netvsc):
 * one place each. What has no native XDP at its place is judged by TC alone. A device of no kind
 * below has it on itself, or on what is below it. Sources: netvsc_bpf.c, bond_main.c (bond_xdp_set,
 * 5.15), net_failover.c, team_core.c, br_device.c.
 */
static const struct kind kinds[] = {
	{NULL, "hv_netvsc", ON_SELF},	   /* each VF gets it before it opens */
	{"bond", NULL, ON_SELF},	   /* each slave gets it, or is not taken */
	{NULL, "net_failover", ON_LOWERS}, /* has generic XDP only */
	{"team", NULL, ON_LOWERS},	   /* has generic XDP only */
	{"bridge", NULL, ON_LOWERS},	   /* has generic XDP only */
};

static bool has_lowers(const struct vfg_links *links, unsigned int ifindex)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->link[i].master == ifindex)
			return true;
	}
	return false;
}

void vfg_device_fill(const struct vfg_links *links, const struct vfg_link *link, const char *driver,
		     struct vfg_device *ret_device)
{
	ret_device->link = *link;
	if (driver)
		memcpy(ret_device->driver, driver, sizeof(ret_device->driver));
	else
		vfg_ethtool_driver(link->name, ret_device->driver, sizeof(ret_device->driver));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if ((kind->kind && !strcmp(kind->kind, link->kind)) ||
		    (kind->driver && !strcmp(kind->driver, ret_device->driver))) {
			ret_device->xdp_on_self = kind->place == ON_SELF;
			return;
		}
	}
	ret_device->xdp_on_self = !has_lowers(links, link->ifindex);
}

int vfg_device_find(const struct vfg_links *links, const char *name, struct vfg_device *ret_device)
{
	const struct vfg_link *link = vfg_links_by_name(links, name);
	const struct vfg_link *above;

	if (!link)
		return vfg_say(VFG_EXIT_REFUSED, name,
			       "no such device in this network namespace; `ip link` lists them");
	/* Programs take what comes in on it for a question (maps/answer.h). */
	if (link->ifindex == VFG_ANSWER_IFINDEX)
		return vfg_say(VFG_EXIT_REFUSED, name,
			       "the loopback device is not judged; name the guest's NIC");
	above = link->master ? vfg_links_by_index(links, link->master) : NULL;
	if (above)
		return vfg_say(VFG_EXIT_REFUSED, name, "is below %s; name the master: %s",
			       above->name, above->name);
	vfg_device_fill(links, link, NULL, ret_device);
	return 0;
}

bool vfg_device_wants_xdp(const struct vfg_device *device, const struct vfg_link *link)
{
	if (device->xdp_on_self)
		return link->ifindex == device->link.ifindex;
	return link->master == device->link.ifindex;
}

bool vfg_device_has_below(const struct vfg_device *device, const struct vfg_link *link)
{
	return link->master == device->link.ifindex;
}
