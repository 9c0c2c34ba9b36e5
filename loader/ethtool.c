/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks a device for its driver and its own counters by the ethtool ioctl. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
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

static int ask(int fd, const char *device, void *question)
{
	struct ifreq request = {.ifr_data = question};

	if (strlen(device) >= IFNAMSIZ)
		return -ENODEV;
	strcpy(request.ifr_name, device);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static int count_counters(int fd, const char *device, uint32_t *ret_count)
{
	autofree struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(info->data[0]));
	int err;

	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_STATS;
	err = ask(fd, device, info);
	if (!err)
		*ret_count = info->sset_mask ? info->data[0] : 0;
	return err;
}

int vfg_ethtool_counter(const char *device, const char *name, uint64_t *ret_value)
{
	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	autofree struct ethtool_gstrings *names = NULL;
	autofree struct ethtool_stats *values = NULL;
	uint32_t count = 0;
	int err = fd < 0 ? -errno : count_counters(fd, device, &count);

	if (err)
		return err;
	names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	values = calloc(1, sizeof(*values) + (size_t)count * sizeof(values->data[0]));
	if (!names || !values)
		return -ENOMEM;
	*names = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
	*values = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = count};
	err = ask(fd, device, names);
	if (!err)
		err = ask(fd, device, values);
	if (err)
		return err;
	for (uint32_t i = 0; i < count && i < names->len && i < values->n_stats; i++) {
		if (strncmp((char *)names->data + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN))
			continue;
		*ret_value = values->data[i];
		return 0;
	}
	return -ENOENT;
}
