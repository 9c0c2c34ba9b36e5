/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authority: the full verdict on whatever reaches the stack or leaves it. It opens, follows and
 * closes flows, lets fragments follow their first, and counts what is let through.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "../maps/tables.bpf.h"
#include "packet.bpf.h"
#include "policy.bpf.h"
#include "classify.bpf.h"
#include "flow.bpf.h"
#include "claim.bpf.h"
#include "fragment.bpf.h"
#include "account.bpf.h"
#include "answer.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * One call of a program, as its steps hand it on. The larger steps are global functions, so that
 * the verifier looks at each once, whatever led to it; they take no pointer into a map, and look
 * control up themselves.
 */
struct vfg_scene {
	struct vfg_packet packet;
	struct vfg_verdict verdict;
	struct vfg_weight weight;
	__u32 now;	  /* ticks */
	__u32 keep_since; /* of the policy in force, see struct vfg_policy */
	__u32 is_question;
	__u32 pad0;
};

static __always_inline __u32 parse_linear(struct __sk_buff *skb, struct vfg_packet *packet)
{
	struct vfg_cursor cursor = {
		.data = (void *)(long)skb->data,
		.data_end = (void *)(long)skb->data_end,
		.limit = skb->len,
	};

	return vfg_packet_parse(&cursor, skb->vlan_present ? 1 : 0, packet);
}

/*
 * Headers are nearly always in the linear part. Where the parser runs out of it and there is more,
 * the rest of the headers is fetched, and it begins again.
 */
__noinline int vfg_tc_parse(struct __sk_buff *skb, struct vfg_packet *packet)
{
	__u32 direction, reason = VFG_REASON_TRUNCATED;

	if (!packet)
		return reason;
	direction = packet->direction;
	for (__u32 i = 0; i < 2; i++) {
		reason = parse_linear(skb, packet);
		if (reason != VFG_REASON_TRUNCATED || skb->data_end - skb->data >= skb->len)
			break;
		if (bpf_skb_pull_data(skb, skb->len < VFG_OFFSET_MASK ? skb->len : VFG_OFFSET_MASK))
			break;
		*packet = (struct vfg_packet){.direction = direction};
	}
	return reason;
}

/* Wire packets and their bytes: each segment of a GSO or GRO buffer has the headers of the first.
 */
static __always_inline void weigh(struct __sk_buff *skb, const struct vfg_packet *packet,
				  struct vfg_weight *ret_weight)
{
	__u32 segments = skb->gso_segs;

	ret_weight->packets = segments > 1 ? segments : 1;
	ret_weight->bytes = skb->len + (ret_weight->packets - 1) * packet->header_bytes;
}

/* A packet of a live flow needs no rule. An ICMP error about one goes with it, and leaves it as it
 * is. */
__noinline int vfg_tc_go_with_flow(struct vfg_scene *scene)
{
	const struct vfg_control *control;
	const struct vfg_packet *packet;
	struct vfg_flow_hit hit = {};
	struct vfg_flow_key key;
	__u32 keep_since, first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !control)
		return false;
	packet = &scene->packet;
	keep_since = scene->keep_since;
	if (packet->is_error && !packet->has_about)
		return false;
	vfg_flow_key(control, packet, &key);
	if (!vfg_flow_find(packet->family, &key, &hit) ||
	    !vfg_flow_admits(hit.found, packet, keep_since) ||
	    vfg_flow_is_expired(control, &hit, &key, packet->family, scene->now))
		return false;
	if (packet->is_error) {
		scene->verdict.reason = VFG_REASON_RELATED;
		return true;
	}
	scene->verdict.reason = VFG_REASON_FLOW;
	scene->verdict.id = hit.rule;
	if (!vfg_flow_is_outdated(hit.found, keep_since))
		vfg_flow_follow(packet, &hit, scene->now, control->tick_hz);
	vfg_account_flow(packet, &hit, &scene->weight);
	return true;
}

/* No rule has refused it, and none counts it. */
static __always_inline void refuse_flow(struct vfg_verdict *verdict)
{
	verdict->reason = VFG_REASON_FLOW_FULL;
	verdict->rule = verdict->id = VFG_RULE_NONE;
}

/* The rules have spoken: what they allow becomes a flow, what they deny is one no longer. */
__noinline int vfg_tc_settle_flow(struct vfg_scene *scene)
{
	struct vfg_flow_opening opening = {};
	const struct vfg_packet *packet;
	struct vfg_flow_hit hit = {};
	struct vfg_flow_key key;
	__u32 first = 0;

	opening.control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !opening.control)
		return 0;
	packet = &scene->packet;
	opening.now = scene->now;
	opening.rule = scene->verdict.id;
	opening.generation = scene->verdict.generation;
	vfg_flow_key(opening.control, packet, &key);
	if (scene->verdict.reason != VFG_REASON_RULE_ALLOW)
		vfg_flow_forget(packet->family, &key, scene->keep_since);
	else if (vfg_flow_open(packet, &key, &opening, &hit))
		vfg_account_flow(packet, &hit, &scene->weight);
	else
		refuse_flow(&scene->verdict);
	return 0;
}

static __always_inline void judge_fragment(struct vfg_scene *scene)
{
	bool follows = !scene->is_question &&
		       vfg_fragment_follow(&scene->packet, scene->now, &scene->verdict.id);

	scene->verdict.reason = follows ? VFG_REASON_FRAGMENT : VFG_REASON_FRAGMENT_ORPHAN;
}

static __always_inline void judge(struct vfg_scene *scene)
{
	const struct vfg_packet *packet = &scene->packet;

	if (packet->fragment == VFG_LATER_FRAGMENT) {
		judge_fragment(scene);
	} else if (scene->is_question || !vfg_tc_go_with_flow(scene)) {
		if (packet->is_error && packet->family == VFG_IPV6)
			scene->verdict.reason = VFG_REASON_ICMP6_ERROR;
		else
			vfg_classify(packet, &scene->verdict);
		if (!scene->is_question && !packet->opens_none)
			vfg_tc_settle_flow(scene);
	}
	if (packet->fragment == VFG_FIRST_FRAGMENT && !scene->is_question &&
	    !vfg_reason_drops(scene->verdict.reason))
		vfg_fragment_remember(packet, scene->verdict.id, scene->now);
}

static __always_inline void answer(struct __sk_buff *skb, const struct vfg_scene *scene)
{
	struct vfg_answer text;

	vfg_answer_fill(&scene->verdict, scene->packet.direction, &text);
	bpf_skb_store_bytes(skb, 0, &text, sizeof(text), 0);
}

/* Pass is UNSPEC: other programs on the device have their say too. */
static __always_inline int run(struct __sk_buff *skb, __u32 direction, __u32 hook)
{
	struct vfg_place_judged place = {hook, skb->ifindex};
	struct vfg_scene scene = {
		.packet = {.direction = direction},
		.verdict = {VFG_REASON_NO_POLICY, VFG_RULE_NONE, VFG_RULE_NONE, 0},
		.now = bpf_jiffies64() >> VFG_TICK_SHIFT,
		.is_question = vfg_answer_wanted(skb->ifindex),
	};
	struct vfg_policy_view policy = {};
	const struct vfg_control *control;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (control && control->tick_hz && vfg_policy_open(&policy)) {
		scene.keep_since = policy.head->keep_since;
		scene.verdict.generation = policy.head->generation;
		scene.verdict.reason = vfg_tc_parse(skb, &scene.packet);
	}
	weigh(skb, &scene.packet, &scene.weight);
	if (scene.verdict.reason == VFG_REASON_OPEN)
		judge(&scene);
	if (scene.is_question)
		answer(skb, &scene);
	else
		vfg_account_packet(&place, &scene.verdict, &scene.weight);
	return vfg_reason_drops(scene.verdict.reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("tc")
int vfg_tc_ingress(struct __sk_buff *skb)
{
	return run(skb, VFG_INBOUND, VFG_HOOK_TC_INGRESS);
}

SEC("tc")
int vfg_tc_egress(struct __sk_buff *skb)
{
	return run(skb, VFG_OUTBOUND, VFG_HOOK_TC_EGRESS);
}
