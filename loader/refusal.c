/* SPDX-License-Identifier: GPL-2.0-only */
/* Knows what drivers ask of a device before they take XDP, and what their errors mean. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "ethtool.h"
#include "refusal.h"

/*
 * The largest MTU with which a driver takes a program without fragments, as the page size less what
 * it needs beside the packet. Sources: netvsc_bpf.c, en_netdev.c (mlx4), mlx5e's linear receive
 * queue, mana_bpf.c, virtio_net.c, ena_xdp.c, veth.c; gve's does not depend on the page.
 */
struct limit {
	const char *driver;
	uint32_t beside_page;
	uint32_t fixed;
	bool of_peer;
};

static const struct limit limits[] = {
	{"hv_netvsc", 590, 0, false},  {"mlx4_en", 598, 0, false}, {"mlx5_core", 598, 0, false},
	{"mana", 590, 0, false},       {"ena", 598, 0, false},	   {"gve", 0, 2032, false},
	{"virtio_net", 590, 0, false}, {"veth", 590, 0, true},
};

static const struct limit *limit_of(const char *driver)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!strcmp(limits[i].driver, driver))
			return &limits[i];
	}
	return NULL;
}

static uint32_t mtu_of(const struct limit *limit)
{
	return limit->fixed ? limit->fixed : (uint32_t)sysconf(_SC_PAGESIZE) - limit->beside_page;
}

uint32_t vfg_refusal_mtu_max(const char *driver)
{
	const struct limit *limit = limit_of(driver);

	return limit && !limit->of_peer ? mtu_of(limit) : 0;
}

void vfg_refusal_gather(const struct vfg_links *links, const struct vfg_link *link, int err,
			struct vfg_refusal *ret_refusal)
{
	const struct vfg_link *above =
		link->master ? vfg_links_by_index(links, link->master) : NULL;
	const struct vfg_link *below = vfg_beneath_program(links, link->ifindex);

	*ret_refusal = (struct vfg_refusal){.err = err,
					    .mtu = link->mtu,
					    .program = link->xdp_program,
					    .program_above = above ? above->xdp_program : 0};
	memcpy(ret_refusal->device, link->name, sizeof(ret_refusal->device));
	if (above)
		memcpy(ret_refusal->above, above->name, sizeof(ret_refusal->above));
	if (below) {
		ret_refusal->program_below = below->xdp_program;
		memcpy(ret_refusal->below, below->name, sizeof(ret_refusal->below));
	}
	vfg_ethtool_driver(link->name, ret_refusal->driver, sizeof(ret_refusal->driver));
	vfg_ethtool_lro(link->name, &ret_refusal->has_lro);
}

bool vfg_refusal_by_lro(int err)
{
	return err == -EOPNOTSUPP || err == -EINVAL;
}

static void say_occupied(const struct vfg_refusal *refusal, char *text)
{
	if (refusal->err == -EEXIST && refusal->program_above)
		snprintf(text, VFG_REFUSAL_TEXT_MAX,
			 "an XDP program (id %u) is on %s, above it, and the kernel allows none "
			 "below that; `ip link set dev %s xdp off xdpgeneric off` removes it",
			 refusal->program_above, refusal->above, refusal->above);
	else if (refusal->program)
		snprintf(text, VFG_REFUSAL_TEXT_MAX,
			 "another XDP program (id %u) is on the device; remove that first (`ip "
			 "link set dev %s xdp off`)",
			 refusal->program, refusal->device);
	else
		snprintf(text, VFG_REFUSAL_TEXT_MAX,
			 "another XDP program is on the device or above it; remove that first");
}

/* Return: whether the MTU is beyond what the driver takes, as far as that is known. */
static bool say_mtu(const struct vfg_refusal *refusal, char *text, size_t room)
{
	const struct limit *limit = limit_of(refusal->driver);

	if (limit && limit->of_peer && refusal->err == -ERANGE)
		snprintf(text, room,
			 "%s takes no native XDP while its peer has an MTU above %u; `ip link set "
			 "dev PEER mtu %u` on the other side",
			 refusal->driver, mtu_of(limit), mtu_of(limit));
	else if (limit && !limit->of_peer && refusal->mtu > mtu_of(limit))
		snprintf(text, room,
			 "MTU %u is above %u, the most with which %s takes native XDP; `ip link "
			 "set dev %s mtu %u`",
			 refusal->mtu, mtu_of(limit), refusal->driver, refusal->device,
			 mtu_of(limit));
	else
		return false;
	return true;
}

static void say_settings(const struct vfg_refusal *refusal, char *text)
{
	const char *driver = refusal->driver[0] ? refusal->driver : "its driver";
	size_t used = 0;

	if (refusal->has_lro && vfg_refusal_by_lro(refusal->err))
		used = (size_t)snprintf(text, VFG_REFUSAL_TEXT_MAX,
					"LRO is on, and drivers take no native XDP with it; "
					"`ethtool -K %s lro off`, or load with --fix-lro",
					refusal->device);
	if (used)
		used += (size_t)snprintf(text + used, VFG_REFUSAL_TEXT_MAX - used, "; and ");
	if (say_mtu(refusal, text + used, VFG_REFUSAL_TEXT_MAX - used))
		return;
	if (used)
		text[used - strlen("; and ")] = '\0';
	else if (refusal->err == -EOPNOTSUPP)
		snprintf(text, VFG_REFUSAL_TEXT_MAX,
			 "%s has no native XDP, or not with these settings (MTU %u, channels and "
			 "offloads: `ethtool -l %s`, `ethtool -k %s`)",
			 driver, refusal->mtu, refusal->device, refusal->device);
	else
		snprintf(text, VFG_REFUSAL_TEXT_MAX,
			 "%s refuses native XDP with these settings: MTU %u, LRO off; try a "
			 "smaller MTU",
			 driver, refusal->mtu);
}

void vfg_refusal_text(const struct vfg_refusal *refusal, char *ret_text)
{
	switch (-refusal->err) {
	case 0:
		snprintf(ret_text, VFG_REFUSAL_TEXT_MAX, "asked for");
		return;
	case EBUSY:
	case EEXIST:
		say_occupied(refusal, ret_text);
		return;
	case ENOTEMPTY:
		snprintf(ret_text, VFG_REFUSAL_TEXT_MAX,
			 "%s, below it, has an XDP program of its own (id %u), which this would "
			 "take off unseen; `ip link set dev %s xdp off xdpgeneric off` removes it",
			 refusal->below, refusal->program_below, refusal->below);
		return;
	case EOPNOTSUPP:
	case EINVAL:
	case ERANGE:
		say_settings(refusal, ret_text);
		return;
	case ENODEV:
		snprintf(ret_text, VFG_REFUSAL_TEXT_MAX, "the device is going away");
		return;
	case ENOMEM:
		snprintf(ret_text, VFG_REFUSAL_TEXT_MAX,
			 "%s has no room for more queues; use fewer channels (`ethtool -L %s "
			 "combined N`)",
			 refusal->driver[0] ? refusal->driver : "its driver", refusal->device);
		return;
	}
	snprintf(ret_text, VFG_REFUSAL_TEXT_MAX, "%s", strerror(-refusal->err));
}
