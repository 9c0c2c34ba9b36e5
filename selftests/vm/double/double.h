/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The double of hv_netvsc: what its rooms share. It is a model of that driver's behaviour towards
 * the network stack, written from a description of it; there is no VMBus in it and no Hyper-V.
 *
 *            guest                         |            the host's switch, and outside
 *   eth0, the synthetic (synthetic.c) <----|----> vfghost (host.c)
 *     | rx_handler (vf.c)                  |         | rx_handler
 *   the VF: any NIC with eth0's address <--|----> the uplink: a NIC enslaved to vfghost
 *                                       a wire
 *
 * What vfghost sends goes to the VF's wire where the guest has asked for that (the data path), and
 * to the synthetic else. So no packet comes by both ways, and what the VF gets it alone judges.
 */
#ifndef VFG_DOUBLE_H
#define VFG_DOUBLE_H

#include <linux/bpf.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/xdp.h>

/* The driver's name, in sysfs and to ethtool: what the product looks for. */
#define DOUBLE_DRIVER "hv_netvsc"

enum {
	DOUBLE_XDP_HEADROOM = 256,
	DOUBLE_MTU_MAX = 65521,
	DOUBLE_CHANNELS_MAX = 8,
	DOUBLE_RX_QUEUE = 1024,
};

/* The synthetic's private data. */
struct double_syn {
	struct net_device *dev;
	struct net_device *host;
	struct net_device __rcu *vf;
	struct delayed_work takeover; /* opens the VF */
	bool path_is_vf;	      /* where the guest sends */
	u64 switches;		      /* of the data path, under RTNL */

	struct napi_struct napi;
	struct sk_buff_head rx; /* from the host, before XDP */
	bool rx_open;
	struct bpf_prog __rcu *prog;
	struct xdp_rxq_info rxq;

	u32 channels; /* a number, and no more: there is one queue */
	struct pcpu_sw_netstats __percpu *vf_stats;
	atomic64_t vf_tx_dropped, xdp_drop;
};

/* Switches, module parameters (main.c). */
extern bool double_propagate;
extern bool double_vf_xdp;
extern bool double_vf_refuse;
extern bool double_syn_on_synthetic;
extern uint double_detach_ms;

/* synthetic.c */
struct net_device *double_syn_create(struct device *parent, const u8 *address);
void double_syn_destroy(struct net_device *dev);
bool double_is_syn(const struct net_device *dev);
/* A frame from the host; takes @skb. */
void double_syn_deliver(struct double_syn *syn, struct sk_buff *skb);
/* Tear the channel down and build it anew, with XDP as it was: MTU and channel changes. */
int double_syn_rebuild(struct double_syn *syn, int mtu, u32 channels);

/* ethtool.c */
extern const struct ethtool_ops double_ethtool_ops;

/* xdp.c; under RTNL but for the first, which runs in NAPI */
/* Return: the skb to deliver, or NULL where the program dropped it. Takes @skb. */
struct sk_buff *double_xdp_run(struct double_syn *syn, struct sk_buff *skb);
/* Takes the caller's reference to @prog where it returns 0. */
int double_xdp_set(struct double_syn *syn, struct bpf_prog *prog, struct netlink_ext_ack *extack);
int double_xdp_vf_set(struct double_syn *syn, struct net_device *vf, struct bpf_prog *prog);
int double_xdp_bpf(struct net_device *dev, struct netdev_bpf *bpf);

/* vf.c */
extern struct notifier_block double_vf_notifier;
void double_vf_leave(struct double_syn *syn); /* under RTNL */
void double_vf_takeover(struct work_struct *work);

/* host.c */
struct net_device *double_host_create(struct net_device *syn);
bool double_is_host(const struct net_device *dev);
/* The guest's message: send to the VF, or to the synthetic. */
void double_host_switch(struct net_device *host, bool to_vf);

/* main.c: the one synthetic, or NULL; under RTNL */
struct double_syn *double_the_syn(void);

#endif
