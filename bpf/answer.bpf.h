/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to the loaded program (maps/answer.h): a test run on the loopback device is judged as
 * the first packet of a flow, and answered instead of counted.
 */
#ifndef VFG_BPF_ANSWER_BPF_H
#define VFG_BPF_ANSWER_BPF_H

#include "classify.bpf.h"
#include "../maps/answer.h"

/* The device whose packets are questions; a number that no device has makes every packet a real
 * one. */
const volatile __u32 vfg_answer_ifindex = VFG_ANSWER_IFINDEX;

static __always_inline bool vfg_answer_wanted(__u32 ifindex)
{
	return ifindex == vfg_answer_ifindex;
}

/**
 * vfg_answer_fill - what the asker is told
 */
static __always_inline void vfg_answer_fill(const struct vfg_verdict *verdict, __u32 direction,
					    struct vfg_answer *ret_answer)
{
	struct vfg_policy_view policy = {};

	ret_answer->rule = verdict->rule;
	ret_answer->generation = vfg_policy_open(&policy) ? policy.head->generation : 0;
	ret_answer->reason = verdict->reason;
	ret_answer->direction = direction;
}

#endif
