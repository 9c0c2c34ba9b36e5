// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: a VF comes, is bonded, opened, and goes. A VF is an Ethernet device with
 * a parent whose permanent address is the synthetic's.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/version.h>

#include "double.h"

#define TAKEOVER_DELAY (HZ / 10)

static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);
	struct net_device *dev;
	struct double_syn *syn;
	struct pcpu_sw_netstats *stats;

	*pskb = skb;
	if (!skb)
		return RX_HANDLER_CONSUMED;
	dev = rcu_dereference(skb->dev->rx_handler_data);
	syn = netdev_priv(dev);
	skb->dev = dev;
	/* After GRO, so these are not packets of the wire. */
	stats = this_cpu_ptr(syn->vf_stats);
	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->rx_packets);
	u64_stats_add(&stats->rx_bytes, skb->len);
	u64_stats_update_end(&stats->syncp);
	return RX_HANDLER_ANOTHER;
}

/* Before registration ends a device has no permanent address yet: then it is its address. */
static bool is_vf_of(const struct double_syn *syn, const struct net_device *vf)
{
	const u8 *address = is_zero_ether_addr(vf->perm_addr) ? vf->dev_addr : vf->perm_addr;

	return vf->dev.parent && ether_addr_equal(syn->dev->perm_addr, address);
}

/* User space never sees a VF without the flag. */
static void mark(struct net_device *vf)
{
	vf->flags |= IFF_SLAVE;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	vf->priv_flags |= IFF_NO_ADDRCONF;
#endif
}

static int join(struct double_syn *syn, struct net_device *vf)
{
	int err = netdev_rx_handler_register(vf, receive, syn->dev);

	if (err)
		return err;
	err = netdev_master_upper_dev_link(vf, syn->dev, NULL, NULL, NULL);
	if (err) {
		netdev_rx_handler_unregister(vf);
		return err;
	}
	mark(vf);
	schedule_delayed_work(&syn->takeover, TAKEOVER_DELAY);
	call_netdevice_notifiers(NETDEV_JOIN, vf);
	return 0;
}

static int vf_registered(struct double_syn *syn, struct net_device *vf)
{
	if (rtnl_dereference(syn->vf))
		return NOTIFY_DONE;
	/* There it is registered once more. */
	if (!net_eq(dev_net(syn->dev), dev_net(vf))) {
		if (dev_change_net_namespace(vf, dev_net(syn->dev), "eth%d"))
			netdev_err(vf, "could not be moved to the synthetic's namespace\n");
		return NOTIFY_DONE;
	}
	if (join(syn, vf))
		return NOTIFY_DONE;
	dev_hold(vf);
	rcu_assign_pointer(syn->vf, vf);
	vf->wanted_features = syn->dev->features;
	netdev_update_features(vf);
	/* Nobody learns whether the VF has taken it. */
	double_xdp_vf_set(syn, vf, rtnl_dereference(syn->prog));
	return NOTIFY_OK;
}

static void open(struct double_syn *syn, struct net_device *vf)
{
	call_netdevice_notifiers(NETDEV_JOIN, vf);
	if (dev_set_mtu(vf, syn->dev->mtu))
		netdev_warn(vf, "cannot have the synthetic's MTU\n");
	dev_change_flags(vf, syn->dev->flags | IFF_SLAVE, NULL);
	if (netif_running(syn->dev) && dev_open(vf, NULL))
		netdev_warn(vf, "cannot be opened\n");
}

void double_vf_takeover(struct work_struct *work)
{
	struct double_syn *syn = container_of(work, struct double_syn, takeover.work);
	struct net_device *vf;

	if (!rtnl_trylock()) {
		schedule_delayed_work(&syn->takeover, 1);
		return;
	}
	vf = rtnl_dereference(syn->vf);
	if (vf)
		open(syn, vf);
	rtnl_unlock();
}

/* The host is told first. Both ways may deliver for a moment, as ever. */
static int switch_path(struct double_syn *syn, bool to_vf)
{
	if (syn->path_is_vf == to_vf)
		return NOTIFY_OK;
	if (!to_vf)
		WRITE_ONCE(syn->path_is_vf, false);
	double_host_switch(syn->host, to_vf);
	WRITE_ONCE(syn->path_is_vf, to_vf);
	syn->switches++;
	netdev_info(syn->dev, "data path: %s\n", to_vf ? "VF" : "synthetic");
	return NOTIFY_OK;
}

void double_vf_leave(struct double_syn *syn)
{
	struct net_device *vf = rtnl_dereference(syn->vf);

	if (!vf)
		return;
	cancel_delayed_work_sync(&syn->takeover);
	switch_path(syn, false);
	double_xdp_vf_set(syn, vf, NULL);
	netdev_rx_handler_unregister(vf);
	netdev_upper_dev_unlink(vf, syn->dev);
	RCU_INIT_POINTER(syn->vf, NULL);
	dev_put(vf);
}

static int bonded_event(struct double_syn *syn, struct net_device *vf, unsigned long event)
{
	switch (event) {
	case NETDEV_GOING_DOWN:
		return switch_path(syn, false);
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		return switch_path(syn, netif_running(vf));
	case NETDEV_UNREGISTER:
		double_vf_leave(syn);
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

static int notify(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *vf = netdev_notifier_info_to_dev(info);
	struct double_syn *syn = double_the_syn();

	if (!syn || double_is_syn(vf) || double_is_host(vf) || vf->type != ARPHRD_ETHER ||
	    is_vlan_dev(vf) || netif_is_bond_master(vf))
		return NOTIFY_DONE;
	if (rtnl_dereference(syn->vf) == vf)
		return bonded_event(syn, vf, event);
	if (!is_vf_of(syn, vf))
		return NOTIFY_DONE;
	if (event == NETDEV_POST_INIT)
		mark(vf);
	return event == NETDEV_REGISTER ? vf_registered(syn, vf) : NOTIFY_DONE;
}

struct notifier_block double_vf_notifier = {
	.notifier_call = notify,
};
