// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: what ethtool shows and sets. Counters have the driver's names; those of
 * the double's own begin with double_.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "double.h"

enum counter {
	VF_RX_PACKETS,
	VF_RX_BYTES,
	VF_TX_PACKETS,
	VF_TX_BYTES,
	VF_TX_DROPPED,
	TX_QUEUE_PACKETS,
	TX_QUEUE_BYTES,
	RX_QUEUE_PACKETS,
	RX_QUEUE_BYTES,
	RX_QUEUE_XDP_DROP,
	DOUBLE_PATH_IS_VF,
	DOUBLE_PATH_SWITCHES,
	DOUBLE_XDP_PROG,
	COUNTER_MAX,
};

static const char names[COUNTER_MAX][ETH_GSTRING_LEN] = {
	[VF_RX_PACKETS] = "vf_rx_packets",	   [VF_RX_BYTES] = "vf_rx_bytes",
	[VF_TX_PACKETS] = "vf_tx_packets",	   [VF_TX_BYTES] = "vf_tx_bytes",
	[VF_TX_DROPPED] = "vf_tx_dropped",	   [TX_QUEUE_PACKETS] = "tx_queue_0_packets",
	[TX_QUEUE_BYTES] = "tx_queue_0_bytes",	   [RX_QUEUE_PACKETS] = "rx_queue_0_packets",
	[RX_QUEUE_BYTES] = "rx_queue_0_bytes",	   [RX_QUEUE_XDP_DROP] = "rx_queue_0_xdp_drop",
	[DOUBLE_PATH_IS_VF] = "double_path_is_vf", [DOUBLE_PATH_SWITCHES] = "double_path_switches",
	[DOUBLE_XDP_PROG] = "double_xdp_prog",
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, DOUBLE_DRIVER, sizeof(info->driver));
	strscpy(info->version, "vfguard's double", sizeof(info->version));
	strscpy(info->fw_version, "N/A", sizeof(info->fw_version));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? COUNTER_MAX : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, names, sizeof(names));
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct double_syn *syn = netdev_priv(dev);
	struct bpf_prog *prog = rtnl_dereference(syn->prog);
	struct rtnl_link_stats64 own = {}, vf = {};

	dev_fetch_sw_netstats(&own, dev->tstats);
	dev_fetch_sw_netstats(&vf, syn->vf_stats);
	data[VF_RX_PACKETS] = vf.rx_packets;
	data[VF_RX_BYTES] = vf.rx_bytes;
	data[VF_TX_PACKETS] = vf.tx_packets;
	data[VF_TX_BYTES] = vf.tx_bytes;
	data[VF_TX_DROPPED] = atomic64_read(&syn->vf_tx_dropped);
	data[TX_QUEUE_PACKETS] = own.tx_packets;
	data[TX_QUEUE_BYTES] = own.tx_bytes;
	data[RX_QUEUE_PACKETS] = own.rx_packets;
	data[RX_QUEUE_BYTES] = own.rx_bytes;
	data[RX_QUEUE_XDP_DROP] = atomic64_read(&syn->xdp_drop);
	data[DOUBLE_PATH_IS_VF] = syn->path_is_vf;
	data[DOUBLE_PATH_SWITCHES] = syn->switches;
	/* The truth, which the core does not know after a failed replace. */
	data[DOUBLE_XDP_PROG] = prog ? prog->aux->id : 0;
}

static void get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct double_syn *syn = netdev_priv(dev);

	channels->max_combined = DOUBLE_CHANNELS_MAX;
	channels->combined_count = syn->channels;
}

static int set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	return double_syn_rebuild(netdev_priv(dev), dev->mtu, channels->combined_count);
}

const struct ethtool_ops double_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_channels = get_channels,
	.set_channels = set_channels,
};
