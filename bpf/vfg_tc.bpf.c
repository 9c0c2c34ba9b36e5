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
#include "decision.bpf.h"
#include "flow.bpf.h"
#include "plain.bpf.h"
#include "claim.bpf.h"
#include "fragment.bpf.h"
#include "account.bpf.h"
#include "answer.bpf.h"
#include "event.bpf.h"

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
	__u32 is_outdated; /* it had a flow that is to be judged again */
	__u32 place;	   /* of what the rules decide (decision.bpf.h) */
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

/* What became of an attempt to judge a packet as a plain one. */
enum vfg_plain_step {
	VFG_PLAIN_NOT,	   /* it is none */
	VFG_PLAIN_GONE,	   /* it is, and goes with its flow */
	VFG_PLAIN_NEW,	   /* it goes with none, and the rules decide */
	VFG_PLAIN_DECIDED, /* it goes with none, and what the rules have decided is recalled */
};

/* A packet of a live flow needs no rule; its flow follows it. @verdict: takes reason and rule */
static __always_inline bool go(const struct vfg_control *control, __u32 family,
			       const struct vfg_flow_step *step, const struct vfg_flow_key *key,
			       struct vfg_scene *scene)
{
	struct vfg_flow_hit hit = {};

	if (!vfg_flow_find(family, key, &hit))
		return false;
	scene->is_outdated = vfg_flow_is_outdated(hit.found, scene->keep_since);
	if (!vfg_flow_admits(hit.found, step, scene->keep_since) ||
	    vfg_flow_is_expired(control, &hit, key, family, scene->now))
		return false;
	if (scene->packet.is_error) {
		scene->verdict.reason = VFG_REASON_RELATED;
		return true;
	}
	scene->verdict.reason = VFG_REASON_FLOW;
	scene->verdict.id = hit.rule;
	if (!scene->is_outdated)
		vfg_flow_follow(step, &hit, scene->now, control->tick_hz);
	vfg_account_flow(family, step->direction, &hit, &scene->weight);
	return true;
}

/* An ICMP error about a live flow goes with it, and leaves it as it is. */
__noinline int vfg_tc_go_with_flow(struct vfg_scene *scene)
{
	const struct vfg_control *control;
	const struct vfg_packet *packet;
	struct vfg_flow_step step;
	struct vfg_flow_key key;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !control)
		return false;
	packet = &scene->packet;
	if (packet->is_error && !packet->has_about)
		return false;
	vfg_flow_key(control, packet, &key);
	step = vfg_flow_step(packet);
	return go(control, packet->family, &step, &key, scene);
}

/* No rule has refused it, and none counts it. */
static __always_inline void refuse_flow(struct vfg_verdict *verdict)
{
	verdict->reason = VFG_REASON_FLOW_FULL;
	verdict->rule = verdict->id = VFG_RULE_NONE;
}

/* One attempt to enter the flow (vfg_flow_open()), counted in its tally. Global and once, for the
 * verifier: four attempts in one function are beyond its limit. */
__noinline int vfg_tc_open_flow(struct vfg_scene *scene)
{
	struct vfg_flow_opening opening = {};
	struct vfg_flow_hit hit = {};
	struct vfg_flow_step step;
	struct vfg_flow_key key;
	__u32 first = 0;
	int opened;

	opening.control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !opening.control)
		return VFG_FLOW_REFUSED;
	opening.now = scene->now;
	opening.rule = scene->verdict.id;
	opening.generation = scene->verdict.generation;
	opening.carried = vfg_account_carried(&scene->weight);
	vfg_flow_key(opening.control, &scene->packet, &key);
	step = vfg_flow_step(&scene->packet);
	if (scene->packet.family == VFG_IPV4)
		opened = vfg_flow_open(VFG_IPV4, &step, &key, &opening, &hit);
	else
		opened = vfg_flow_open(VFG_IPV6, &step, &key, &opening, &hit);
	if (opened == VFG_FLOW_ADOPTED)
		vfg_account_flow(scene->packet.family, step.direction, &hit, &scene->weight);
	return opened;
}

/* A flow that was judged again and denied is one no longer. */
__noinline int vfg_tc_forget_flow(struct vfg_scene *scene)
{
	const struct vfg_control *control;
	struct vfg_flow_key key;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !control)
		return 0;
	vfg_flow_key(control, &scene->packet, &key);
	vfg_flow_forget(scene->packet.family, &key, scene->keep_since);
	return 0;
}

/* The rules have spoken: what they allow becomes a flow, what they deny is one no longer. */
static __always_inline void settle_flow(struct vfg_scene *scene)
{
	int opened = VFG_FLOW_LOST;

	if (scene->verdict.reason != VFG_REASON_RULE_ALLOW) {
		if (scene->is_outdated)
			vfg_tc_forget_flow(scene);
		return;
	}
	for (__u32 i = 0; i < VFG_FLOW_ATTEMPTS && opened == VFG_FLOW_LOST; i++)
		opened = vfg_tc_open_flow(scene);
	if (opened != VFG_FLOW_ENTERED && opened != VFG_FLOW_ADOPTED)
		refuse_flow(&scene->verdict);
}

static __always_inline void judge_fragment(struct vfg_scene *scene)
{
	bool follows = !scene->is_question &&
		       vfg_fragment_follow(&scene->packet, scene->now, &scene->verdict.id);

	scene->verdict.reason = follows ? VFG_REASON_FRAGMENT : VFG_REASON_FRAGMENT_ORPHAN;
}

/* A global function, for the sake of the stack. */
__noinline int vfg_tc_keep_decision(const struct vfg_scene *scene)
{
	if (!scene)
		return 0;
	vfg_decision_keep(scene->place, &scene->packet.ends, scene->packet.family,
			  scene->packet.direction, &scene->verdict);
	return 0;
}

/* A plain packet on which the rules are to decide. */
static __always_inline void judge_by_rules(struct vfg_scene *scene)
{
	vfg_classify(&scene->packet.ends, scene->packet.family, scene->packet.direction,
		     &scene->verdict);
	if (!scene->is_question)
		vfg_tc_keep_decision(scene);
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
			vfg_classify(&packet->ends, packet->family, packet->direction,
				     &scene->verdict);
		if (!scene->is_question && !packet->opens_none)
			settle_flow(scene);
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

/* A plain packet goes with its flow, or is made ready for the rules. */
static __always_inline int go_plain(const struct vfg_control *control, __u32 family,
				    struct vfg_plain *plain, struct vfg_scene *scene)
{
	if (!scene->is_question) {
		vfg_flow_place(control, family, &plain->key);
		if (go(control, family, &plain->step, &plain->key, scene))
			return VFG_PLAIN_GONE;
		scene->place = vfg_decision_place(&plain->key);
	}
	vfg_plain_ends(plain, family, &scene->packet.ends);
	scene->packet.family = family;
	scene->packet.tcp_flags = plain->step.tcp_flags;
	if (!scene->is_question &&
	    vfg_decision_recall(control, scene->place, &scene->packet.ends, family,
				scene->packet.direction, &scene->verdict))
		return VFG_PLAIN_DECIDED;
	return VFG_PLAIN_NEW;
}

/* Return: enum vfg_plain_step. A global function, so that its stack and the classifier's are not in
 * use together. */
__noinline int vfg_tc_try_plain(struct __sk_buff *skb, struct vfg_scene *scene)
{
	void *frame = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	const struct vfg_control *control;
	struct vfg_plain plain = {};
	__u32 family, first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!scene || !control || skb->vlan_present)
		return VFG_PLAIN_NOT;
	family = vfg_plain_family(frame, end);
	plain.step.direction = scene->packet.direction;
	if (family == VFG_IPV4) {
		if (!vfg_plain_read4(frame + ETH_HLEN, skb->len, &plain))
			return VFG_PLAIN_NOT;
		scene->packet.header_bytes = plain.header_bytes;
		weigh(skb, &scene->packet, &scene->weight);
		return go_plain(control, VFG_IPV4, &plain, scene);
	}
	if (family != VFG_IPV6 || !vfg_plain_read6(frame + ETH_HLEN, skb->len, &plain))
		return VFG_PLAIN_NOT;
	scene->packet.header_bytes = plain.header_bytes;
	weigh(skb, &scene->packet, &scene->weight);
	return go_plain(control, VFG_IPV6, &plain, scene);
}

static __always_inline void judge_any(struct __sk_buff *skb, struct vfg_scene *scene)
{
	scene->verdict.reason = vfg_tc_parse(skb, &scene->packet);
	weigh(skb, &scene->packet, &scene->weight);
	if (scene->verdict.reason == VFG_REASON_OPEN)
		judge(scene);
}

/* A global function, for the sake of the stack. */
__noinline int vfg_tc_tell(const struct vfg_scene *scene, __u32 hook, __u32 ifindex)
{
	if (!scene)
		return 0;
	vfg_event_tell(&scene->packet.ends, scene->packet.family, hook, scene->verdict.id, ifindex);
	return 0;
}

/* Pass is UNSPEC: other programs on the device have their say too. */
static __always_inline int run(struct __sk_buff *skb, __u32 direction, __u32 hook)
{
	struct vfg_place_judged place = {hook, skb->ifindex, 0};
	struct vfg_scene scene = {
		.packet = {.direction = direction},
		.verdict = {VFG_REASON_NO_POLICY, VFG_RULE_NONE, VFG_RULE_NONE, 0},
		.now = bpf_jiffies64() >> VFG_TICK_SHIFT,
		.is_question = vfg_answer_wanted(skb->ifindex),
	};
	const struct vfg_control *control;
	__u32 first = 0;
	int plain;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (control && control->tick_hz && control->keep_since) {
		scene.keep_since = control->keep_since;
		place.tick_hz = control->tick_hz;
		plain = vfg_tc_try_plain(skb, &scene);
		if (plain == VFG_PLAIN_NEW)
			judge_by_rules(&scene);
		if (plain == VFG_PLAIN_NOT)
			judge_any(skb, &scene);
		else if (plain != VFG_PLAIN_GONE && !scene.is_question)
			settle_flow(&scene);
	} else {
		weigh(skb, &scene.packet, &scene.weight);
	}
	if (scene.is_question)
		answer(skb, &scene);
	else if (vfg_account_packet(&place, &scene.verdict, &scene.weight))
		vfg_tc_tell(&scene, hook, skb->ifindex);
	return vfg_reason_drops(scene.verdict.reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/*
 * The master's egress leaves this in tc_index, which goes with the packet to the egress of the
 * device below: there it is not judged and counted once more. No socket option writes tc_index, so
 * what bypasses the master comes without it. The loader draws a number for each load, so that what
 * another master has judged is judged here; and what comes in by the master loses it.
 */
const volatile __u16 vfg_judged_mark = 0x7667;

SEC("tc")
int vfg_tc_ingress(struct __sk_buff *skb)
{
	skb->tc_index = 0;
	return run(skb, VFG_INBOUND, VFG_HOOK_TC_INGRESS);
}

SEC("tc")
int vfg_tc_egress(struct __sk_buff *skb)
{
	skb->tc_index = vfg_judged_mark;
	return run(skb, VFG_OUTBOUND, VFG_HOOK_TC_EGRESS);
}

SEC("tc")
int vfg_tc_below(struct __sk_buff *skb)
{
	if (skb->tc_index == vfg_judged_mark)
		return TC_ACT_UNSPEC;
	return run(skb, VFG_OUTBOUND, VFG_HOOK_TC_EGRESS_VF);
}
