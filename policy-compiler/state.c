/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undecided rules, list by list.
 */
#include "state.h"

/* What a walk through one policy's lists may come to. */
struct outlook {
	bool going;   /* it may reach the next list */
	bool named;   /* and a rule may have allowed it so far */
	bool unnamed; /* and perhaps none has matched so far */
	bool allow, deny;
};

/* Cut the pieces of one list at the first rule that is certain. Return: is there one? */
static bool cut(const struct vfg_state_frame *frame, int known, const struct vfg_pair_stage *stage,
		struct vfg_state *state, size_t *cursor, struct outlook *outlook)
{
	const struct vfg_alignment *alignment = frame->alignment;
	bool certain = false, allows = false;

	for (; *cursor < state->count && state->piece[*cursor].word < stage->last; ++*cursor) {
		struct vfg_piece *piece = &state->piece[*cursor];
		uint64_t first;

		if (!outlook->going || certain)
			piece->bits = 0;
		first = piece->bits & frame->certain[known][piece->word];
		first &= -first;
		if (first) {
			certain = true;
			piece->bits &= first | (first - 1);
		}
		outlook->deny |= (piece->bits & alignment->deny[piece->word]) != 0;
		outlook->allow |= (piece->bits & alignment->always_allow[piece->word]) != 0;
		allows |= (piece->bits & ~alignment->deny[piece->word] &
			   ~alignment->always_allow[piece->word]) != 0;
	}
	outlook->named |= allows;
	if (outlook->going)
		outlook->going = allows || (!certain && stage->stage < VFG_STAGE_SUBNET);
	return certain;
}

static struct outlook look_ahead(const struct vfg_state_frame *frame, int known,
				 enum vfg_version version, struct vfg_state *state, size_t *cursor)
{
	const struct vfg_pair *pair = frame->pair;
	struct outlook outlook = {.going = true, .unnamed = true};

	for (uint32_t i = 0; i < pair->stages[version]; i++) {
		const struct vfg_pair_stage *stage = &pair->stage[version][i];
		bool reached = outlook.going;
		bool certain = cut(frame, known, stage, state, cursor, &outlook);

		if (!reached)
			continue;
		outlook.deny |= !certain && stage->stage >= VFG_STAGE_SUBNET;
		outlook.unnamed &= !certain && stage->stage < VFG_STAGE_SUBNET;
	}
	outlook.allow |= outlook.going && outlook.named;
	outlook.deny |= outlook.going && outlook.unnamed;
	return outlook;
}

/* Drop the pieces that are empty. Return: is a rule among the others that only one policy has? */
static bool compact(const struct vfg_state_frame *frame, struct vfg_state *state)
{
	bool changed = false;
	size_t kept = 0;

	for (size_t i = 0; i < state->count; i++) {
		struct vfg_piece piece = state->piece[i];

		changed |= (piece.bits & frame->alignment->changed[piece.word]) != 0;
		if (piece.bits)
			state->piece[kept++] = piece;
	}
	state->count = kept;
	return changed;
}

bool vfg_state_reduce(const struct vfg_state_frame *frame, int known, struct vfg_state *state)
{
	size_t cursor = state->count && !state->piece[0].word;
	struct outlook before = look_ahead(frame, known, VFG_BEFORE, state, &cursor);
	struct outlook after = look_ahead(frame, known, VFG_AFTER, state, &cursor);

	if (!compact(frame, state) && !frame->alignment->restaged)
		return false;
	return (before.allow && after.deny) || (before.deny && after.allow);
}

static const struct vfg_piece *first_piece(const struct vfg_state *state,
					   const struct vfg_pair_stage *stage)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->piece[i].word >= stage->first && state->piece[i].word < stage->last)
			return &state->piece[i];
	}
	return NULL;
}

uint32_t vfg_state_decider(const struct vfg_state_frame *frame, enum vfg_version version,
			   const struct vfg_state *state, bool *ret_allow)
{
	const struct vfg_pair *pair = frame->pair;
	uint32_t number = VFG_RULE_NONE;

	*ret_allow = false;
	for (uint32_t i = 0; i < pair->stages[version]; i++) {
		const struct vfg_pair_stage *stage = &pair->stage[version][i];
		const struct vfg_piece *piece = first_piece(state, stage);
		uint64_t bit;

		if (!piece && stage->stage < VFG_STAGE_SUBNET)
			continue;
		*ret_allow = false;
		if (!piece)
			return VFG_RULE_NONE;
		bit = piece->bits & -piece->bits;
		number = vfg_pair_number(pair, version,
					 (uint32_t)piece->word * 64 + __builtin_ctzll(bit));
		*ret_allow = !(bit & frame->alignment->deny[piece->word]);
		if (!*ret_allow || bit & frame->alignment->always_allow[piece->word])
			return number;
	}
	return number;
}
