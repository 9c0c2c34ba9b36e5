/* SPDX-License-Identifier: GPL-2.0-only */
/* Speaks to drivers by the ethtool ioctl. */
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

static int count_counters(const char *device, uint32_t *ret_count)
{
	autofree struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(info->data[0]));
	int err;

	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_STATS;
	err = ask(device, info);
	if (!err)
		*ret_count = info->sset_mask ? info->data[0] : 0;
	return err;
}

/* What ethtool -S shows: names and values, in the same order. */
struct counters {
	struct ethtool_gstrings *names;
	struct ethtool_stats *values;
	uint32_t count;
};

static void free_counters(struct counters *counters)
{
	free(counters->names);
	free(counters->values);
}

static int read_counters(const char *device, struct counters *ret_counters)
{
	uint32_t count = 0;
	int err = count_counters(device, &count);

	if (err)
		return err;
	ret_counters->names =
		calloc(1, sizeof(*ret_counters->names) + (size_t)count * ETH_GSTRING_LEN);
	ret_counters->values =
		calloc(1, sizeof(*ret_counters->values) + (size_t)count * sizeof(__u64));
	if (!ret_counters->names || !ret_counters->values)
		return -ENOMEM;
	*ret_counters->names = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
	*ret_counters->values = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = count};
	err = ask(device, ret_counters->names);
	if (!err)
		err = ask(device, ret_counters->values);
	count = count < ret_counters->names->len ? count : ret_counters->names->len;
	ret_counters->count =
		count < ret_counters->values->n_stats ? count : ret_counters->values->n_stats;
	return err;
}

static void name_of(const struct counters *counters, uint32_t place, char ret_name[])
{
	memcpy(ret_name, counters->names->data + place * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
	ret_name[ETH_GSTRING_LEN] = '\0';
}

int vfg_ethtool_counter(const char *device, const char *name, uint64_t *ret_value)
{
	struct counters counters __attribute__((cleanup(free_counters))) = {};
	int err = read_counters(device, &counters);
	char candidate[ETH_GSTRING_LEN + 1];

	for (uint32_t i = 0; !err && i < counters.count; i++) {
		name_of(&counters, i, candidate);
		if (strcmp(candidate, name) != 0)
			continue;
		*ret_value = counters.values->data[i];
		return 0;
	}
	return err ? err : -ENOENT;
}

int vfg_ethtool_synthetic(const char *device, uint64_t *ret_by_vf, uint64_t *ret_own)
{
	struct counters counters __attribute__((cleanup(free_counters))) = {};
	int err = read_counters(device, &counters);
	char name[ETH_GSTRING_LEN + 1];
	bool found = false;

	*ret_own = 0;
	for (uint32_t i = 0; !err && i < counters.count; i++) {
		int length = 0;

		name_of(&counters, i, name);
		sscanf(name, "rx_queue_%*u_packets%n", &length);
		if (length && !name[length])
			*ret_own += counters.values->data[i];
		if (strcmp(name, "vf_rx_packets") != 0)
			continue;
		*ret_by_vf = counters.values->data[i];
		found = true;
	}
	return err || found ? err : -ENOENT;
}

int vfg_ethtool_channels(const char *device, struct vfg_channels *ret_channels)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	int err = ask(device, &channels);

	if (err)
		return err;
	*ret_channels = (struct vfg_channels){
		.combined = channels.combined_count,
		.combined_max = channels.max_combined,
		.rx = channels.rx_count,
		.rx_max = channels.max_rx,
		.tx = channels.tx_count,
		.tx_max = channels.max_tx,
	};
	return 0;
}
