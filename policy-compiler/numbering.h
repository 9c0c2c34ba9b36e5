/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule numbers: where each rule of a model stands in the vectors.
 */
#ifndef VFG_POLICY_COMPILER_NUMBERING_H
#define VFG_POLICY_COMPILER_NUMBERING_H

#include "model.h"
#include "nsgc.h"

/* A bit of the vectors. rule is NULL where a stage's last word is not full. */
struct vfg_numbered {
	const struct vfg_model_rule *rule;
	const struct vfg_list *list;
	uint8_t direction;
};

/*
 * Inbound first, then outbound; lists in the order of the walk, rules in the order of the list;
 * each list begins a new word. Example: lists of 3 and 70 rules inbound and 1 outbound are the
 * rules 0..2, 64..133 and 192, in 4 words.
 */
struct vfg_numbering {
	uint32_t words; /* at least 1 */
	uint32_t rules; /* that there are, not bits */
	struct vfg_stage_words stage[VFG_DIRECTION_MAX][VFG_STAGE_MAX];
	struct vfg_numbered *slot; /* words * 64 */
};

/**
 * vfg_numbering_build - number the rules of a model
 *
 * Return: 0, -E2BIG beyond VFG_POLICY_WORDS_MAX (said in @diag), or -ENOMEM.
 */
int vfg_numbering_build(struct vfg_arena *arena, const struct vfg_model *model,
			struct vfg_diag *diag, struct vfg_numbering *ret_numbering);

/* Does the rule match only some source ports? Never true where its protocol has none. */
bool vfg_numbering_tests_source(const struct vfg_model_rule *rule);

/* Every port, 0-65535. */
bool vfg_numbering_all_ports(const struct vfg_ports *ports);

#endif
