// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: the host's side, a port of its virtual switch. It is where a packet is
 * sent to the VF or to the synthetic, as on the platform: by the data path that the guest has asked
 * for, but broadcast and multicast by the synthetic always, and TCP SYNs too where the switch
 * syn_on_synthetic is set. The uplink, a NIC on the VF's wire, is enslaved by
 * `ip link set NIC master vfghost`.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>

#include "double.h"

struct double_host {
	struct net_device *dev;
	struct net_device *syn;
	struct net_device __rcu *uplink;
	bool to_vf;
};

/* Where the TCP header is, or 0. Extension headers are stepped over by nobody who sends SYNs. */
static int tcp_offset(const struct sk_buff *skb)
{
	const struct iphdr *ip4;
	const struct ipv6hdr *ip6;
	struct ipv6hdr room;

	if (skb->protocol == htons(ETH_P_IP)) {
		ip4 = skb_header_pointer(skb, ETH_HLEN, sizeof(*ip4), &room);
		if (ip4 && ip4->protocol == IPPROTO_TCP && !(ip4->frag_off & htons(0x1fff)))
			return ETH_HLEN + ip4->ihl * 4;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		ip6 = skb_header_pointer(skb, ETH_HLEN, sizeof(*ip6), &room);
		if (ip6 && ip6->nexthdr == IPPROTO_TCP)
			return ETH_HLEN + sizeof(*ip6);
	}
	return 0;
}

static bool is_syn(const struct sk_buff *skb)
{
	int offset = tcp_offset(skb);
	const struct tcphdr *tcp;
	struct tcphdr room;

	if (!offset)
		return false;
	tcp = skb_header_pointer(skb, offset, sizeof(room), &room);
	return tcp && tcp->syn && !tcp->ack;
}

static bool goes_to_vf(const struct double_host *host, const struct sk_buff *skb)
{
	if (!READ_ONCE(host->to_vf) || is_multicast_ether_addr(skb->data))
		return false;
	return !double_syn_on_synthetic || !is_syn(skb);
}

static netdev_tx_t transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct double_host *host = netdev_priv(dev);
	struct net_device *uplink = rcu_dereference_bh(host->uplink);

	dev_sw_netstats_tx_add(dev, 1, skb->len);
	if (goes_to_vf(host, skb) && uplink) {
		skb->dev = uplink;
		dev_queue_xmit(skb);
	} else {
		double_syn_deliver(netdev_priv(host->syn), skb);
	}
	return NETDEV_TX_OK;
}

/* What the guest sends by the VF. */
static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);
	struct net_device *dev;

	*pskb = skb;
	if (!skb)
		return RX_HANDLER_CONSUMED;
	dev = rcu_dereference(skb->dev->rx_handler_data);
	skb->dev = dev;
	if (skb->pkt_type == PACKET_OTHERHOST &&
	    ether_addr_equal(eth_hdr(skb)->h_dest, dev->dev_addr))
		skb->pkt_type = PACKET_HOST;
	dev_sw_netstats_rx_add(dev, skb->len);
	return RX_HANDLER_ANOTHER;
}

static int add_uplink(struct net_device *dev, struct net_device *uplink,
		      struct netlink_ext_ack *extack)
{
	struct double_host *host = netdev_priv(dev);
	int err;

	if (rtnl_dereference(host->uplink))
		return -EBUSY;
	err = netdev_rx_handler_register(uplink, receive, dev);
	if (err)
		return err;
	err = netdev_master_upper_dev_link(uplink, dev, NULL, NULL, extack);
	if (err) {
		netdev_rx_handler_unregister(uplink);
		return err;
	}
	dev_set_promiscuity(uplink, 1);
	rcu_assign_pointer(host->uplink, uplink);
	return 0;
}

static int remove_uplink(struct net_device *dev, struct net_device *uplink)
{
	struct double_host *host = netdev_priv(dev);

	if (rtnl_dereference(host->uplink) != uplink)
		return -ENOENT;
	RCU_INIT_POINTER(host->uplink, NULL);
	dev_set_promiscuity(uplink, -1);
	netdev_upper_dev_unlink(uplink, dev);
	netdev_rx_handler_unregister(uplink);
	return 0;
}

static void uninit(struct net_device *dev)
{
	struct double_host *host = netdev_priv(dev);
	struct net_device *uplink = rtnl_dereference(host->uplink);

	if (uplink)
		remove_uplink(dev, uplink);
	free_percpu(dev->tstats);
}

static int init(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static const struct net_device_ops operations = {
	.ndo_init = init,
	.ndo_uninit = uninit,
	.ndo_start_xmit = transmit,
	.ndo_add_slave = add_uplink,
	.ndo_del_slave = remove_uplink,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_set_mac_address = eth_mac_addr,
};

bool double_is_host(const struct net_device *dev)
{
	return dev->netdev_ops == &operations;
}

void double_host_switch(struct net_device *dev, bool to_vf)
{
	struct double_host *host = netdev_priv(dev);

	WRITE_ONCE(host->to_vf, to_vf);
}

static void setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &operations;
	dev->priv_flags |= IFF_NO_QUEUE;
	/* No offloads: what leaves here is as on the wire, whole, with checksums. */
	dev->max_mtu = DOUBLE_MTU_MAX;
}

struct net_device *double_host_create(struct net_device *syn)
{
	struct net_device *dev =
		alloc_netdev(sizeof(struct double_host), "vfghost", NET_NAME_USER, setup);
	struct double_host *host;
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	host = netdev_priv(dev);
	host->dev = dev;
	host->syn = syn;
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	((struct double_syn *)netdev_priv(syn))->host = dev;
	return dev;
}
