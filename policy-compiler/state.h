/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is still undecided of both policies once some fields of a packet are known: the rules that
 * may yet match.
 */
#ifndef VFG_POLICY_COMPILER_STATE_H
#define VFG_POLICY_COMPILER_STATE_H

#include "align.h"

/* One word of the common vector; the words that are not there are 0. */
struct vfg_piece {
	uint64_t bits;
	uint64_t word;
};

/* Pieces by ascending word. Word 0 is there where the packet's protocol has ports. */
struct vfg_state {
	size_t count;
	struct vfg_piece piece[VFG_PAIR_WORDS_MAX];
};

/* What both policies are, and which rules match whatever the other fields are. */
struct vfg_state_frame {
	const struct vfg_pair *pair;
	const struct vfg_alignment *alignment;
	/* certain[n]: every group of the axes from the n-th on has the rule. */
	uint64_t certain[VFG_DIM_MAX + 1][VFG_PAIR_WORDS_MAX];
};

/**
 * vfg_state_reduce - drop the rules that can no longer decide
 * @known: how many axes are known
 *
 * Rules behind one that is certain to match, and lists behind one that surely ends the walk.
 * Two states that go on in the same way are mostly equal afterwards.
 *
 * Return: true where the two policies may still judge differently. With all axes known it is
 * exact.
 */
bool vfg_state_reduce(const struct vfg_state_frame *frame, int known, struct vfg_state *state);

/* Of a reduced state with all axes known: the rule that decides in a policy. Return: its number,
 * or VFG_RULE_NONE. */
uint32_t vfg_state_decider(const struct vfg_state_frame *frame, enum vfg_version version,
			   const struct vfg_state *state, bool *ret_allow);

#endif
