/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule numbers: gives every rule its bit, every list its words.
 */
#include "numbering.h"

#include <errno.h>
#include <linux/in.h>

static size_t words_of(const struct vfg_model *model, size_t *ret_rules)
{
	size_t words = 0, rules = 0;

	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		const struct vfg_pipeline *pipeline = &model->pipeline[direction];

		for (size_t i = 0; i < pipeline->count; i++) {
			words += (pipeline->list[i]->count + 63) / 64;
			rules += pipeline->list[i]->count;
		}
	}
	*ret_rules = rules;
	return words ? words : 1;
}

static int too_large(struct vfg_diag *diag, size_t rules, size_t words)
{
	struct vfg_place nowhere = {"", "", ""};

	vfg_diag_add(diag, VFG_ERROR, nowhere, "PolicyTooLarge",
		     "%zu rules need %zu words of 64 rules, the limit is %d: use fewer rules",
		     rules, words, VFG_POLICY_WORDS_MAX);
	return -E2BIG;
}

static void number_list(struct vfg_numbering *numbering, int direction, size_t position,
			const struct vfg_list *list)
{
	struct vfg_stage_words *stage = &numbering->stage[direction][position];
	struct vfg_numbered *slot = numbering->slot + (size_t)stage->first * 64;

	stage->last = (uint16_t)(stage->first + (list->count + 63) / 64);
	stage->stage = list->stage;
	for (size_t i = 0; i < list->count; i++) {
		slot[i] = (struct vfg_numbered){
			.rule = &list->rule[i],
			.list = list,
			.direction = (uint8_t)direction,
		};
	}
}

int vfg_numbering_build(struct vfg_arena *arena, const struct vfg_model *model,
			struct vfg_diag *diag, struct vfg_numbering *ret_numbering)
{
	struct vfg_numbering numbering = {0};
	size_t rules, words = words_of(model, &rules);
	uint16_t next = 0;

	if (words > VFG_POLICY_WORDS_MAX)
		return too_large(diag, rules, words);
	numbering.words = (uint32_t)words;
	numbering.rules = (uint32_t)rules;
	numbering.slot = vfg_arena_array(arena, words * 64, sizeof(*numbering.slot));
	if (!numbering.slot)
		return -ENOMEM;
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		const struct vfg_pipeline *pipeline = &model->pipeline[direction];

		for (size_t i = 0; i < pipeline->count; i++) {
			struct vfg_stage_words *stage = &numbering.stage[direction][i];

			stage->first = next;
			number_list(&numbering, direction, i, pipeline->list[i]);
			next = stage->last;
		}
	}
	*ret_numbering = numbering;
	return 0;
}

bool vfg_numbering_all_ports(const struct vfg_ports *ports)
{
	return ports->count == 1 && ports->range[0].first == 0 && ports->range[0].last == 65535;
}

bool vfg_numbering_tests_source(const struct vfg_model_rule *rule)
{
	bool has_ports = rule->protocol == VFG_PROTOCOL_ANY || rule->protocol == IPPROTO_TCP ||
			 rule->protocol == IPPROTO_UDP;

	return has_ports && !vfg_numbering_all_ports(&rule->source_ports);
}
