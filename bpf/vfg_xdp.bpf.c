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
#include "decision.bpf.h"
#include "flow.bpf.h"
#include "plain.bpf.h"
#include "account.bpf.h"
#include "answer.bpf.h"
#include "event.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* What the flow table says of a packet. */
enum vfg_flow_answer {
	VFG_FLOW_SILENT,
	VFG_FLOW_GOES_ON,
	VFG_FLOW_OUTDATED, /* to be judged again, and forgotten where that denies: TC writes flows
			    */
};

/*
 * A packet, as the steps of one call hand it on. The larger steps are global functions, so that the
 * verifier looks at each once, and their stacks are not in use together: kernels add up those of a
 * chain of calls, and stop at 512 bytes.
 */
struct vfg_matter {
	struct vfg_ends ends; /* what the rules judge; in an ICMP error, first what it is about */
	__u32 family;
	__u32 tcp_flags;
	__u32 is_error;
	__u32 asks_flow; /* ends are those of a flow that may be live */
	__u32 place;	 /* of what the rules decide (decision.bpf.h) */
};

static __always_inline int ask(const struct vfg_control *control, __u32 family,
			       const struct vfg_flow_key *key, const struct vfg_flow_step *step)
{
	__u32 keep_since = control->keep_since;
	struct vfg_flow_hit hit = {};

	if (!vfg_flow_find(family, key, &hit))
		return VFG_FLOW_SILENT;
	if (vfg_flow_admits(hit.found, step, keep_since))
		return VFG_FLOW_GOES_ON;
	return vfg_flow_is_outdated(hit.found, keep_since) ? VFG_FLOW_OUTDATED : VFG_FLOW_SILENT;
}

/* A live flow goes on without a rule. There is no clock here: whether it has expired, TC knows. */
__noinline int vfg_xdp_ask_flow(const struct vfg_matter *matter)
{
	struct vfg_flow_step step = {.direction = VFG_INBOUND};
	const struct vfg_control *control;
	struct vfg_flow_key key;
	__u32 first = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	if (!matter || !control)
		return VFG_FLOW_SILENT;
	step.tcp_flags = matter->tcp_flags;
	key.is_opening = vfg_flow_is_opening(step.tcp_flags);
	vfg_flow_key_of(control, matter->family, &matter->ends, &key);
	return ask(control, matter->family, &key, &step);
}

static __always_inline __u32 parse(struct xdp_md *ctx, struct vfg_packet *packet)
{
	struct vfg_cursor cursor = {
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.limit = ctx->data_end - ctx->data,
	};

	return vfg_packet_parse(&cursor, 0, packet);
}

/*
 * Reads any packet.
 * @skips_about: of an ICMP error take its own ends, not those of the packet that it is about
 * Return: the reason that settles it, VFG_REASON_OPEN where flows and rules do.
 */
__noinline int vfg_xdp_read(struct xdp_md *ctx, __u32 skips_about, struct vfg_matter *matter)
{
	struct vfg_packet packet = {.direction = VFG_INBOUND};
	__u32 reason;

	if (!matter)
		return VFG_REASON_NO_POLICY;
	reason = parse(ctx, &packet);
	/* The packet lies in memory: else clang takes 300 bytes of stack for parts of it. */
	asm volatile("" : : "r"(&packet) : "memory");
	if (packet.has_about && !skips_about)
		matter->ends = packet.about;
	else
		matter->ends = packet.ends;
	matter->family = packet.family;
	matter->tcp_flags = packet.tcp_flags;
	matter->is_error = packet.is_error;
	matter->asks_flow = !packet.is_error || packet.has_about;
	if (reason == VFG_REASON_OPEN && packet.fragment == VFG_LATER_FRAGMENT)
		return VFG_REASON_DEFER;
	return reason;
}

/* Any packet, up to the rules. */
static __always_inline __u32 judge_any(struct xdp_md *ctx, bool is_question,
				       struct vfg_matter *matter)
{
	__u32 reason = vfg_xdp_read(ctx, is_question, matter);
	int flow = VFG_FLOW_SILENT;

	if (reason != VFG_REASON_OPEN)
		return reason;
	if (!is_question && matter->asks_flow)
		flow = vfg_xdp_ask_flow(matter);
	if (flow == VFG_FLOW_OUTDATED)
		return VFG_REASON_DEFER;
	if (flow == VFG_FLOW_GOES_ON)
		return matter->is_error ? VFG_REASON_RELATED : VFG_REASON_FLOW;
	if (!matter->is_error)
		return VFG_REASON_OPEN;
	return matter->family == VFG_IPV6 ? VFG_REASON_ICMP6_ERROR
					  : vfg_xdp_read(ctx, true, matter);
}

/* A plain packet, up to the rules, or with what they have decided before. */
static __always_inline void judge_plain(const struct vfg_control *control, __u32 family,
					bool is_question, struct vfg_plain *plain,
					struct vfg_matter *matter, struct vfg_verdict *verdict)
{
	int flow = VFG_FLOW_SILENT;

	verdict->reason = VFG_REASON_OPEN;
	if (!is_question) {
		vfg_flow_place(control, family, &plain->key);
		flow = ask(control, family, &plain->key, &plain->step);
	}
	if (flow == VFG_FLOW_GOES_ON) {
		verdict->reason = VFG_REASON_FLOW;
		return;
	}
	if (flow == VFG_FLOW_OUTDATED) {
		verdict->reason = VFG_REASON_DEFER;
		return;
	}
	vfg_plain_ends(plain, family, &matter->ends);
	matter->family = family;
	if (is_question)
		return;
	matter->place = vfg_decision_place(&plain->key);
	vfg_decision_recall(control, matter->place, &matter->ends, family, VFG_INBOUND, verdict);
}

static __always_inline void judge(struct xdp_md *ctx, const struct vfg_control *control,
				  bool is_question, struct vfg_matter *matter,
				  struct vfg_verdict *verdict)
{
	void *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct vfg_plain plain = {.step.direction = VFG_INBOUND};
	__u32 family = vfg_plain_family(frame, end);

	matter->place = VFG_DECISION_NONE;
	if (family == VFG_IPV4 && vfg_plain_read4(frame + ETH_HLEN, end - frame, &plain)) {
		judge_plain(control, VFG_IPV4, is_question, &plain, matter, verdict);
	} else if (family == VFG_IPV6 && vfg_plain_read6(frame + ETH_HLEN, end - frame, &plain)) {
		judge_plain(control, VFG_IPV6, is_question, &plain, matter, verdict);
	} else {
		__builtin_memset(matter, 0, sizeof(*matter));
		matter->place = VFG_DECISION_NONE;
		verdict->reason = judge_any(ctx, is_question, matter);
	}
}

static __always_inline void judge_by_rules(const struct vfg_matter *matter,
					   struct vfg_verdict *verdict)
{
	vfg_classify(&matter->ends, matter->family, VFG_INBOUND, verdict);
	if (matter->place != VFG_DECISION_NONE)
		vfg_decision_keep(matter->place, &matter->ends, matter->family, VFG_INBOUND,
				  verdict);
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

/* A global function, for the sake of the stack. */
__noinline int vfg_xdp_tell(const struct vfg_ends *ends, __u32 family, __u32 rule, __u32 ifindex)
{
	if (!ends)
		return 0;
	vfg_event_tell(ends, family, VFG_HOOK_XDP, rule, ifindex);
	return 0;
}

static __always_inline void account(struct xdp_md *ctx, const struct vfg_matter *matter,
				    const struct vfg_verdict *verdict, __u32 tick_hz)
{
	struct vfg_weight weight = {.packets = 1, .bytes = ctx->data_end - ctx->data};
	struct vfg_place_judged place = {VFG_HOOK_XDP, ctx->ingress_ifindex, tick_hz};

	if (vfg_account_packet(&place, verdict, &weight))
		vfg_xdp_tell(&matter->ends, matter->family, verdict->id, place.ifindex);
}

SEC("xdp")
int vfg_xdp(struct xdp_md *ctx)
{
	struct vfg_verdict verdict = {VFG_REASON_NO_POLICY, VFG_RULE_NONE, VFG_RULE_NONE, 0};
	bool is_question = vfg_answer_wanted(ctx->ingress_ifindex);
	const struct vfg_control *control;
	struct vfg_matter matter;
	__u32 first = 0, tick_hz = 0;

	control = bpf_map_lookup_elem(&vfg_control, &first);
	/* Read where a rule has denied, and filled there; to a verifier that does not follow this,
	   read always. */
	matter.ends = (struct vfg_ends){};
	matter.family = VFG_IPV4;
	if (control && control->tick_hz && control->keep_since) {
		tick_hz = control->tick_hz;
		judge(ctx, control, is_question, &matter, &verdict);
		if (verdict.reason == VFG_REASON_OPEN)
			judge_by_rules(&matter, &verdict);
	}
	if (is_question)
		answer(ctx, &verdict);
	else
		account(ctx, &matter, &verdict, tick_hz);
	return vfg_reason_drops(verdict.reason) ? XDP_DROP : XDP_PASS;
}
