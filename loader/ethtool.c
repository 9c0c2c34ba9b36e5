/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks a device for its driver by the ethtool ioctl. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "ethtool.h"

void vfg_ethtool_driver(const char *device, char *ret_driver, size_t room)
{
	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (char *)&info};

	ret_driver[0] = '\0';
	if (fd < 0 || strlen(device) >= IFNAMSIZ)
		return;
	strcpy(request.ifr_name, device);
	if (ioctl(fd, SIOCETHTOOL, &request) == 0)
		snprintf(ret_driver, room, "%s", info.driver);
}
