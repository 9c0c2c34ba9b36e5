// SPDX-License-Identifier: GPL-2.0-only
/*
 * The double of hv_netvsc: XDP on the synthetic's own receive path, and the handing on of the
 * program to the VF's driver, behind the back of the network core.
 */
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "double.h"

/* The page as an skb, as far as the program has left it. */
static struct sk_buff *build(struct double_syn *syn, const struct xdp_buff *xdp)
{
	struct sk_buff *skb = build_skb(xdp->data_hard_start, PAGE_SIZE);

	if (!skb)
		return NULL;
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	skb_put(skb, xdp->data_end - xdp->data);
	skb->dev = syn->dev;
	return skb;
}

/* Passed or not? What the product's programs never ask for (TX, REDIRECT) is not modelled. */
static bool passes(struct double_syn *syn, struct bpf_prog *prog, struct xdp_buff *xdp)
{
	u32 act = bpf_prog_run_xdp(prog, xdp);

	if (act == XDP_PASS)
		return true;
	if (act == XDP_DROP)
		return false;
	if (act == XDP_ABORTED)
		trace_xdp_exception(syn->dev, prog, act);
	else
		bpf_warn_invalid_xdp_action(syn->dev, prog, act);
	return false;
}

/* A copy in a page of its own, 256 bytes of headroom, no metadata. Frames that do not fit, or find
 * no page, are dropped: the driver fails closed here. */
static struct sk_buff *judge(struct double_syn *syn, struct bpf_prog *prog,
			     const struct sk_buff *skb)
{
	struct sk_buff *judged = NULL;
	struct xdp_buff xdp;
	struct page *page;

	if (skb->len > syn->dev->mtu + ETH_HLEN)
		return NULL;
	page = alloc_page(GFP_ATOMIC);
	if (!page)
		return NULL;
	xdp_init_buff(&xdp, PAGE_SIZE, &syn->rxq);
	xdp_prepare_buff(&xdp, page_address(page), DOUBLE_XDP_HEADROOM, skb->len, false);
	if (!skb_copy_bits(skb, 0, xdp.data, skb->len) && passes(syn, prog, &xdp))
		judged = build(syn, &xdp);
	if (!judged)
		__free_page(page);
	return judged;
}

/* The tag comes beside the packet, never in it: XDP does not see it, the stack does. */
static int take_tag(struct sk_buff *skb, u16 *tag)
{
	skb_reset_mac_header(skb);
	if (skb->len < VLAN_ETH_HLEN || eth_hdr(skb)->h_proto != htons(ETH_P_8021Q))
		return 0;
	return __skb_vlan_pop(skb, tag) ?: 1;
}

struct sk_buff *double_xdp_run(struct double_syn *syn, struct sk_buff *skb)
{
	struct bpf_prog *prog;
	u16 tag = 0;
	int tagged = take_tag(skb, &tag);
	struct sk_buff *judged;

	if (tagged < 0) {
		kfree_skb(skb);
		return NULL;
	}
	rcu_read_lock();
	prog = rcu_dereference(syn->prog);
	judged = prog ? judge(syn, prog, skb) : skb;
	rcu_read_unlock();
	if (judged != skb)
		consume_skb(skb);
	if (!judged)
		atomic64_inc(&syn->xdp_drop);
	else if (tagged)
		__vlan_hwaccel_put_tag(judged, htons(ETH_P_8021Q), tag);
	return judged;
}

static bool fits(const struct net_device *dev)
{
	return DOUBLE_XDP_HEADROOM + SKB_DATA_ALIGN(dev->mtu + ETH_HLEN) +
		       SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) <=
	       PAGE_SIZE;
}

int double_xdp_set(struct double_syn *syn, struct bpf_prog *prog, struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = rtnl_dereference(syn->prog);

	if (prog && !fits(syn->dev)) {
		NL_SET_ERR_MSG_MOD(extack, "the MTU is too large for XDP");
		return -EOPNOTSUPP;
	}
	if (prog && syn->dev->features & NETIF_F_LRO) {
		NL_SET_ERR_MSG_MOD(extack, "no XDP while LRO is on");
		return -EOPNOTSUPP;
	}
	rcu_assign_pointer(syn->prog, prog);
	if (old)
		bpf_prog_put(old);
	return 0;
}

int double_xdp_vf_set(struct double_syn *syn, struct net_device *vf, struct bpf_prog *prog)
{
	struct netdev_bpf request = {.command = XDP_SETUP_PROG, .prog = prog};
	int err;

	ASSERT_RTNL();
	/* A driver without XDP is no error: the VF goes on unprotected. */
	if (!vf || !vf->netdev_ops->ndo_bpf || !double_vf_xdp || !double_propagate)
		return 0;
	if (prog && double_vf_refuse)
		return -EINVAL;
	if (prog)
		bpf_prog_inc(prog);
	err = vf->netdev_ops->ndo_bpf(vf, &request);
	if (err && prog)
		bpf_prog_put(prog);
	return err;
}

int double_xdp_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct double_syn *syn = netdev_priv(dev);
	int err;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	err = double_xdp_set(syn, bpf->prog, bpf->extack);
	if (err)
		return err;
	err = double_xdp_vf_set(syn, rtnl_dereference(syn->vf), bpf->prog);
	if (!err)
		return 0;
	NL_SET_ERR_MSG_MOD(bpf->extack, "the VF has refused the program");
	/*
	 * As the driver has it: what was there before is not brought back, the synthetic is left
	 * without any program. The core puts its reference on failure; taking off puts one too.
	 */
	if (bpf->prog)
		bpf_prog_inc(bpf->prog);
	double_xdp_set(syn, NULL, NULL);
	return err;
}
