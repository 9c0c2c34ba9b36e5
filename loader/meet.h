/* SPDX-License-Identifier: GPL-2.0-only */
/* The live flow that a packet would meet. Looks only. */
#ifndef VFG_LOADER_MEET_H
#define VFG_LOADER_MEET_H

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/nsgc.h"
#include "flow_slot.h"
#include "pin.h"

struct vfg_meeting {
	uint64_t count;	      /* live flows that fit: more than one where the question is open */
	struct vfg_flow flow; /* the one that was seen last */
	uint32_t idle_s;
	/* Judged under a policy whose flows the one in force does not keep: the next packet of the
	   side that opened it is judged by the rules. */
	bool is_outdated;
};

/**
 * vfg_meet_fits - would this packet belong to this flow?
 *
 * A source port that the question has left open fits any, and so does an ICMP identifier, which no
 * question names; of ICMP the flow is that of an echo that the same side asked.
 */
bool vfg_meet_fits(const struct vfg_question *question, const struct vfg_flow *flow);

/**
 * vfg_meet - look the packet up in the flow table
 *
 * Return: 0 or -errno.
 */
int vfg_meet(const struct vfg_pins *pins, const struct vfg_question *question,
	     struct vfg_meeting *ret_meeting);

#endif
