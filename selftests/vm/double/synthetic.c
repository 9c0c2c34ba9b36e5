// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: the synthetic NIC, its own receive path, and the choice of the way out.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "double.h"

static int poll(struct napi_struct *napi, int budget)
{
	struct double_syn *syn = container_of(napi, struct double_syn, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&syn->rx))) {
		done++;
		skb = double_xdp_run(syn, skb);
		if (!skb)
			continue;
		/* The driver counts what XDP has passed. */
		dev_sw_netstats_rx_add(syn->dev, skb->len);
		skb->protocol = eth_type_trans(skb, syn->dev);
		napi_gro_receive(napi, skb);
	}
	if (done < budget && napi_complete_done(napi, done) && !skb_queue_empty(&syn->rx))
		napi_schedule(napi);
	return done;
}

void double_syn_deliver(struct double_syn *syn, struct sk_buff *skb)
{
	/* A frame off the wire: nothing of the outside's stack comes along. */
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	consume_skb(skb);
	if (!copy)
		return;
	if (!READ_ONCE(syn->rx_open) || skb_queue_len(&syn->rx) >= DOUBLE_RX_QUEUE) {
		kfree_skb(copy);
		return;
	}
	skb_scrub_packet(copy, true);
	copy->ip_summed = CHECKSUM_NONE;
	skb_queue_tail(&syn->rx, copy);
	napi_schedule(&syn->napi);
}

static netdev_tx_t send_by_vf(struct double_syn *syn, struct net_device *vf, struct sk_buff *skb)
{
	struct pcpu_sw_netstats *stats;
	unsigned int bytes = skb->len;

	skb->dev = vf;
	if (dev_queue_xmit(skb)) {
		atomic64_inc(&syn->vf_tx_dropped);
		return NETDEV_TX_OK;
	}
	stats = this_cpu_ptr(syn->vf_stats);
	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->tx_packets);
	u64_stats_add(&stats->tx_bytes, bytes);
	u64_stats_update_end(&stats->syncp);
	return NETDEV_TX_OK;
}

static netdev_tx_t transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct double_syn *syn = netdev_priv(dev);
	struct net_device *vf = rcu_dereference_bh(syn->vf);

	if (vf && netif_running(vf) && netif_carrier_ok(vf) && READ_ONCE(syn->path_is_vf))
		return send_by_vf(syn, vf, skb);
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	dev_forward_skb(syn->host, skb);
	return NETDEV_TX_OK;
}

static void open_channel(struct double_syn *syn)
{
	napi_enable(&syn->napi);
	WRITE_ONCE(syn->rx_open, true);
	netif_carrier_on(syn->dev);
	netif_tx_wake_all_queues(syn->dev);
}

static void close_channel(struct double_syn *syn)
{
	netif_tx_disable(syn->dev);
	WRITE_ONCE(syn->rx_open, false);
	synchronize_net();
	napi_disable(&syn->napi);
	skb_queue_purge(&syn->rx);
}

static int open(struct net_device *dev)
{
	struct double_syn *syn = netdev_priv(dev);
	struct net_device *vf = rtnl_dereference(syn->vf);

	open_channel(syn);
	if (vf && dev_open(vf, NULL))
		netdev_warn(vf, "cannot be opened\n");
	return 0;
}

static int stop(struct net_device *dev)
{
	struct double_syn *syn = netdev_priv(dev);
	struct net_device *vf = rtnl_dereference(syn->vf);

	close_channel(syn);
	if (vf)
		dev_close(vf);
	return 0;
}

/* The driver drops XDP first, and closes the channel after: the window is its own, the switch
 * detach_ms only makes it long enough to be hit. */
static void detach(struct double_syn *syn)
{
	double_xdp_set(syn, NULL, NULL);
	if (double_detach_ms)
		msleep(double_detach_ms);
	if (netif_running(syn->dev))
		close_channel(syn);
	netif_device_detach(syn->dev);
}

static int attach(struct double_syn *syn, struct bpf_prog *prog)
{
	int err;

	if (prog) {
		bpf_prog_inc(prog);
		err = double_xdp_set(syn, prog, NULL);
		if (err) {
			bpf_prog_put(prog);
			return err;
		}
	}
	netif_device_attach(syn->dev);
	if (netif_running(syn->dev))
		open_channel(syn);
	return 0;
}

/* The driver's counters are the channels', and go with them. What VFs have brought stays. */
static void forget_counters(struct double_syn *syn)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct pcpu_sw_netstats *stats = per_cpu_ptr(syn->dev->tstats, cpu);

		u64_stats_set(&stats->rx_packets, 0);
		u64_stats_set(&stats->rx_bytes, 0);
		u64_stats_set(&stats->tx_packets, 0);
		u64_stats_set(&stats->tx_bytes, 0);
	}
}

int double_syn_rebuild(struct double_syn *syn, int mtu, u32 channels)
{
	struct bpf_prog *prog = rtnl_dereference(syn->prog);
	int old_mtu = syn->dev->mtu, err;
	u32 old_channels = syn->channels;

	if (prog)
		bpf_prog_inc(prog);
	detach(syn);
	forget_counters(syn);
	syn->dev->mtu = mtu;
	syn->channels = channels;
	err = attach(syn, prog);
	if (err) {
		syn->dev->mtu = old_mtu;
		syn->channels = old_channels;
		if (attach(syn, prog))
			netdev_err(syn->dev, "the old settings could not be restored\n");
	}
	if (prog)
		bpf_prog_put(prog);
	return err;
}

static int change_mtu(struct net_device *dev, int mtu)
{
	struct double_syn *syn = netdev_priv(dev);
	struct net_device *vf = rtnl_dereference(syn->vf);
	int old = dev->mtu, err;

	if (vf) {
		err = dev_set_mtu(vf, mtu);
		if (err)
			return err;
	}
	err = double_syn_rebuild(syn, mtu, syn->channels);
	if (err && vf)
		dev_set_mtu(vf, old);
	return err;
}

static netdev_features_t fix_features(struct net_device *dev, netdev_features_t features)
{
	struct double_syn *syn = netdev_priv(dev);

	if (rtnl_dereference(syn->prog) && features & NETIF_F_LRO) {
		features &= ~NETIF_F_LRO;
		netdev_info(dev, "LRO stays off while XDP is there\n");
	}
	return features;
}

static int set_features(struct net_device *dev, netdev_features_t features)
{
	struct double_syn *syn = netdev_priv(dev);
	struct net_device *vf = rtnl_dereference(syn->vf);

	if (vf) {
		vf->wanted_features = features;
		netdev_update_features(vf);
	}
	return 0;
}

/* What came and went by the VF is counted here as well. */
static void get_stats(struct net_device *dev, struct rtnl_link_stats64 *total)
{
	struct double_syn *syn = netdev_priv(dev);

	dev_fetch_sw_netstats(total, dev->tstats);
	dev_fetch_sw_netstats(total, syn->vf_stats);
	total->tx_dropped += atomic64_read(&syn->vf_tx_dropped);
}

static int init(struct net_device *dev)
{
	struct double_syn *syn = netdev_priv(dev);
	int err;

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	syn->vf_stats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	err = dev->tstats && syn->vf_stats ? 0 : -ENOMEM;
	netif_napi_add(dev, &syn->napi, poll);
	if (!err)
		err = xdp_rxq_info_reg(&syn->rxq, dev, 0, syn->napi.napi_id);
	if (!err) {
		err = xdp_rxq_info_reg_mem_model(&syn->rxq, MEM_TYPE_PAGE_SHARED, NULL);
		if (err)
			xdp_rxq_info_unreg(&syn->rxq);
	}
	if (err) {
		netif_napi_del(&syn->napi);
		free_percpu(syn->vf_stats);
		free_percpu(dev->tstats);
	}
	return err;
}

static void uninit(struct net_device *dev)
{
	struct double_syn *syn = netdev_priv(dev);

	xdp_rxq_info_unreg(&syn->rxq);
	netif_napi_del(&syn->napi);
	free_percpu(syn->vf_stats);
	free_percpu(dev->tstats);
}

static const struct net_device_ops operations = {
	.ndo_init = init,
	.ndo_uninit = uninit,
	.ndo_open = open,
	.ndo_stop = stop,
	.ndo_start_xmit = transmit,
	.ndo_change_mtu = change_mtu,
	.ndo_fix_features = fix_features,
	.ndo_set_features = set_features,
	.ndo_get_stats64 = get_stats,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_bpf = double_xdp_bpf,
};

bool double_is_syn(const struct net_device *dev)
{
	return dev->netdev_ops == &operations;
}

static void setup(struct net_device *dev, struct device *parent, const u8 *address)
{
	struct double_syn *syn = netdev_priv(dev);

	syn->dev = dev;
	syn->channels = 1;
	INIT_DELAYED_WORK(&syn->takeover, double_vf_takeover);
	skb_queue_head_init(&syn->rx);
	SET_NETDEV_DEV(dev, parent);
	eth_hw_addr_set(dev, address);
	dev->netdev_ops = &operations;
	dev->ethtool_ops = &double_ethtool_ops;
	dev->max_mtu = DOUBLE_MTU_MAX;
	/*
	 * LRO is on by default where the host offers it. Offloads of sending are left out, and so
	 * go off on the VF: an emulated wire carries a checksum that is not done yet as it is.
	 */
	dev->hw_features = NETIF_F_RXCSUM | NETIF_F_LRO;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	netif_carrier_off(dev);
}

struct net_device *double_syn_create(struct device *parent, const u8 *address)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct double_syn));
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	setup(dev, parent, address);
	err = register_netdev(dev);
	if (!err)
		return dev;
	free_netdev(dev);
	return ERR_PTR(err);
}

void double_syn_destroy(struct net_device *dev)
{
	unregister_netdev(dev);
	free_netdev(dev);
}
