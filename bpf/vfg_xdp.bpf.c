/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The early verdict at the driver: what the policy denies is dropped before the kernel allocates
 * anything for it. It reads policy and flows and writes drop counters; whatever it lets through is
 * judged in full by vfg_tc.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../maps/tables.bpf.h"
#include "packet.bpf.h"
#include "policy.bpf.h"
#include "classify.bpf.h"
#include "flow.bpf.h"
#include "account.bpf.h"
#include "answer.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline __u32 parse(struct xdp_md *ctx, struct vfg_packet *packet)
{
	struct vfg_cursor cursor = {
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.limit = ctx->data_end - ctx->data,
	};

	return vfg_packet_parse(&cursor, 0, packet);
}

/* What the flow table says of a packet. */
enum vfg_flow_answer {
	VFG_FLOW_SILENT,
	VFG_FLOW_GOES_ON,
	VFG_FLOW_OUTDATED, /* to be judged again, and forgotten where that denies: TC writes flows
			    */
};

/*
 * A live flow goes on without a rule. There is no clock here: whether it has expired, TC knows. A
 * global function, so that the verifier looks at it once, and its stack and the classifier's are
 * not in use together.
 */
__noinline int vfg_xdp_ask_flow(const struct vfg_packet *packet, __u32 keep_since)
{
	const struct vfg_control *control;
	struct vfg_flow_hit hit = {};
	struct vfg_flow_key key;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!packet || !control)
		return VFG_FLOW_SILENT;
	if (packet->is_error && !packet->has_about)
		return VFG_FLOW_SILENT;
	vfg_flow_key(control, packet, &key);
	if (!vfg_flow_find(packet->family, &key, &hit))
		return VFG_FLOW_SILENT;
	if (vfg_flow_admits(hit.found, packet, keep_since))
		return VFG_FLOW_GOES_ON;
	return vfg_flow_is_outdated(hit.found, keep_since) ? VFG_FLOW_OUTDATED : VFG_FLOW_SILENT;
}

static __always_inline void judge(const struct vfg_packet *packet, __u32 keep_since,
				  bool is_question, struct vfg_verdict *verdict)
{
	bool later = packet->fragment == VFG_LATER_FRAGMENT;
	int flow = VFG_FLOW_SILENT;

	if (!is_question && !later)
		flow = vfg_xdp_ask_flow(packet, keep_since);
	if (later || flow == VFG_FLOW_OUTDATED)
		verdict->reason = VFG_REASON_DEFER;
	else if (flow == VFG_FLOW_GOES_ON)
		verdict->reason = packet->is_error ? VFG_REASON_RELATED : VFG_REASON_FLOW;
	else if (packet->is_error && packet->family == VFG_IPV6)
		verdict->reason = VFG_REASON_ICMP6_ERROR;
	else
		vfg_classify(packet, verdict);
}

static __always_inline void answer(struct xdp_md *ctx, const struct vfg_verdict *verdict)
{
	struct vfg_answer *place = (void *)(long)ctx->data;
	struct vfg_answer text;

	if ((void *)(place + 1) > (void *)(long)ctx->data_end)
		return;
	vfg_answer_fill(verdict, VFG_INBOUND, &text);
	__builtin_memcpy(place, &text, sizeof(text));
}

static __always_inline void account(struct xdp_md *ctx, const struct vfg_verdict *verdict)
{
	struct vfg_weight weight = {.packets = 1, .bytes = ctx->data_end - ctx->data};
	struct vfg_place_judged place = {VFG_HOOK_XDP, ctx->ingress_ifindex};

	vfg_account_packet(&place, verdict, &weight);
}

SEC("xdp")
int vfg_xdp(struct xdp_md *ctx)
{
	struct vfg_verdict verdict = {VFG_REASON_NO_POLICY, VFG_RULE_NONE, VFG_RULE_NONE, 0};
	struct vfg_packet packet = {.direction = VFG_INBOUND};
	bool is_question = vfg_answer_wanted(ctx->ingress_ifindex);
	struct vfg_policy_view policy = {};
	const struct vfg_control *control;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (control && control->tick_hz && vfg_policy_open(&policy)) {
		verdict.generation = policy.head->generation;
		verdict.reason = parse(ctx, &packet);
		if (verdict.reason == VFG_REASON_OPEN)
			judge(&packet, policy.head->keep_since, is_question, &verdict);
	}
	if (is_question)
		answer(ctx, &verdict);
	else
		account(ctx, &verdict);
	return vfg_reason_drops(verdict.reason) ? XDP_DROP : XDP_PASS;
}
