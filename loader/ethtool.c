/* SPDX-License-Identifier: GPL-2.0-only */
/* Speaks to drivers by the ethtool ioctl. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "ethtool.h"

static int ask(const char *device, void *command)
{
	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_data = command};

	if (fd < 0)
		return -errno;
	if (strlen(device) >= IFNAMSIZ)
		return -EINVAL;
	strcpy(request.ifr_name, device);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

void vfg_ethtool_driver(const char *device, char *ret_driver, size_t room)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	ret_driver[0] = '\0';
	if (!ask(device, &info))
		snprintf(ret_driver, room, "%s", info.driver);
}

int vfg_ethtool_lro(const char *device, bool *ret_on)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	int err = ask(device, &flags);

	*ret_on = !err && flags.data & ETH_FLAG_LRO;
	return err;
}

int vfg_ethtool_set_lro(const char *device, bool on)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	int err = ask(device, &flags);
	bool is_on;

	if (err)
		return err;
	flags.cmd = ETHTOOL_SFLAGS;
	flags.data = on ? flags.data | ETH_FLAG_LRO : flags.data & ~(__u32)ETH_FLAG_LRO;
	err = ask(device, &flags);
	if (!err)
		err = vfg_ethtool_lro(device, &is_on);
	return err ? err : is_on == on ? 0 : -EOPNOTSUPP;
}
