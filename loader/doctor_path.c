/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at VFs: are they up, and does the master use them? */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <net/if.h>

/* After net/if.h, which it gives way to. */
#include <linux/if_bonding.h>
#include <linux/sockios.h>

#include "cleanup.h"
#include "doctor.h"
#include "doctor_judge.h"
#include "ethtool.h"

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

static const struct timespec between_looks = {.tv_sec = 1};

/* Beside those of the platform, whose drivers drive nothing but VFs in a guest. */
static bool is_vf(const struct vfg_doctor *doctor, const char *device)
{
	static const char *const drivers[] = {"iavf", "ixgbevf", "igbvf", "ena", "gve"};
	char driver[VFG_DRIVER_MAX];

	vfg_doctor_vf_driver(doctor, device, driver);
	if (driver[0])
		return true;
	vfg_ethtool_driver(device, driver, sizeof(driver));
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!strcmp(driver, drivers[i]))
			return true;
	}
	return false;
}

/* Is a slave the one that the bond sends by? */
static enum vfg_known is_active(const char *bond, const char *slave)
{
	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifbond info = {};
	struct ifreq request = {.ifr_data = (void *)&info};

	memcpy(request.ifr_name, bond, IFNAMSIZ);
	if (fd < 0 || ioctl(fd, SIOCBONDINFOQUERY, &request) < 0)
		return VFG_NOT_KNOWN;
	for (int32_t i = 0; i < info.num_slaves; i++) {
		struct ifslave one = {.slave_id = i};

		request.ifr_data = (void *)&one;
		if (ioctl(fd, SIOCBONDSLAVEINFOQUERY, &request) == 0 &&
		    !strncmp(one.slave_name, slave, IFNAMSIZ))
			return one.state == BOND_STATE_ACTIVE ? VFG_KNOWN_YES : VFG_KNOWN_NO;
	}
	return VFG_NOT_KNOWN;
}

/* Return: does the master count them? */
static bool count_by_vf(const char *master, uint64_t *ret_packets)
{
	uint64_t received, sent;

	if (vfg_ethtool_counter(master, "vf_rx_packets", &received) ||
	    vfg_ethtool_counter(master, "vf_tx_packets", &sent))
		return false;
	*ret_packets = received + sent;
	return true;
}

static uint64_t count_received(unsigned int ifindex)
{
	autolinks struct vfg_links links = {};
	const struct vfg_link *link;

	if (vfg_links_read(&links))
		return 0;
	link = vfg_links_by_index(&links, ifindex);
	return link ? link->counts.rx_packets : 0;
}

static void look_twice(const struct vfg_link *master, struct vfg_path_facts *facts)
{
	for (int look = 0; look < 2; look++) {
		if (look)
			nanosleep(&between_looks, NULL);
		facts->has_counters = count_by_vf(master->name, &facts->vf[look]);
		if (!facts->has_counters)
			return;
		facts->all[look] = count_received(master->ifindex);
	}
}

static void look_at(struct vfg_doctor *doctor, const struct vfg_link *master,
		    const struct vfg_link *link)
{
	struct vfg_path_facts facts = {.active = VFG_NOT_KNOWN};

	memcpy(facts.name, link->name, sizeof(facts.name));
	memcpy(facts.master, master->name, sizeof(facts.master));
	facts.is_up = link->flags & IFF_UP;
	facts.master_is_up = master->flags & IFF_UP;
	facts.has_carrier = link->flags & IFF_LOWER_UP;
	if (!strcmp(master->kind, "bond"))
		facts.active = is_active(master->name, link->name);
	look_twice(master, &facts);
	vfg_judge_path(&doctor->findings, &facts);
}

void vfg_doctor_paths(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];

		if (vfg_doctor_is_below(master, link) && is_vf(doctor, link->name))
			look_at(doctor, &master->device.link, link);
	}
}
