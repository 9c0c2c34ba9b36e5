/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules are compared by what they match, whatever they are called: two are the same if every group
 * of every dimension has the bits of both, or of neither. A signature of those groups finds the
 * pairs, and every group is looked at again, so that no hash decides.
 */
#include "align.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rule of one list. */
struct candidate {
	uint64_t signature;
	uint32_t bit;
	bool taken;
};

/* A list of one policy in the order of its rules, and the same sorted to be searched. */
struct candidates {
	size_t count;
	struct candidate *rule;
};

struct aligner {
	struct vfg_arena *arena;
	const struct vfg_pair *pair;
	const struct vfg_axis *axis;
	struct vfg_alignment *alignment;
	uint64_t *signature; /* by bit */
	uint32_t *partner;   /* of a bit of BEFORE: that of AFTER, 0 for none */
};

static bool has(const uint64_t *words, uint32_t bit)
{
	return words[bit / 64] >> bit % 64 & 1;
}

static void sign(struct aligner *aligner)
{
	for (uint64_t dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		const struct vfg_axis *axis = &aligner->axis[dimension];

		for (uint32_t group = 0; group < axis->groups; group++) {
			const uint64_t *vector = vfg_axis_vector(axis, aligner->pair, group);
			uint64_t number = vfg_finder_mix(dimension << 32 | group);

			for (uint32_t word = 1; word < aligner->pair->words; word++) {
				for (uint64_t bits = vector[word]; bits; bits &= bits - 1)
					aligner->signature[word * 64 + __builtin_ctzll(bits)] ^=
						number;
			}
		}
	}
}

/* Packets without ports never look at the source port, so it decides nothing here. */
static void find_alive(struct aligner *aligner)
{
	uint64_t *alive = aligner->alignment->alive;

	memset(alive, 0xff, aligner->pair->words * sizeof(*alive));
	alive[0] = 1;
	for (int dimension = 0; dimension < VFG_DIM_SOURCE_PORT; dimension++) {
		const struct vfg_axis *axis = &aligner->axis[dimension];
		uint64_t some[VFG_PAIR_WORDS_MAX] = {1};

		for (uint32_t group = 0; group < axis->groups; group++) {
			const uint64_t *vector = vfg_axis_vector(axis, aligner->pair, group);

			for (uint32_t word = 1; word < aligner->pair->words; word++)
				some[word] |= vector[word];
		}
		for (uint32_t word = 0; word < aligner->pair->words; word++)
			alive[word] &= some[word];
	}
}

static void find_actions(struct aligner *aligner)
{
	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		const struct vfg_rule *rules = vfg_tables_rules(aligner->pair->tables[version]);

		for (uint32_t bit = 64; bit < aligner->pair->words * 64; bit++) {
			uint32_t number = vfg_pair_number(aligner->pair, version, bit);
			uint64_t mask = 1ULL << bit % 64;

			if (number == VFG_RULE_NONE)
				continue;
			if (rules[number].action == VFG_ACTION_DENY)
				aligner->alignment->deny[bit / 64] |= mask;
			else if (rules[number].action != VFG_ACTION_ALLOW)
				aligner->alignment->always_allow[bit / 64] |= mask;
		}
	}
}

static int compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->signature != b->signature)
		return a->signature < b->signature ? -1 : 1;
	return a->bit < b->bit ? -1 : a->bit > b->bit;
}

static int list_rules(const struct aligner *aligner, const struct vfg_pair_stage *stage,
		      struct candidates *ret_candidates)
{
	const struct vfg_alignment *alignment = aligner->alignment;
	struct candidates candidates = {0};

	candidates.rule = vfg_arena_array(aligner->arena, (stage->last - stage->first) * 64,
					  sizeof(*candidates.rule));
	if (!candidates.rule)
		return -ENOMEM;
	for (uint32_t bit = stage->first * 64; bit < stage->last * 64; bit++) {
		uint64_t action = has(alignment->deny, bit) + 2 * has(alignment->always_allow, bit);

		if (has(alignment->alive, bit))
			candidates.rule[candidates.count++] = (struct candidate){
				.signature = vfg_finder_mix(aligner->signature[bit] + action),
				.bit = bit,
			};
	}
	*ret_candidates = candidates;
	return 0;
}

/* The first rule of this signature that no other rule has taken. Return: its bit, 0 for none. */
static uint32_t take(struct candidates *sorted, uint64_t signature)
{
	size_t low = 0, high = sorted->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sorted->rule[middle].signature < signature)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < sorted->count && sorted->rule[low].signature == signature; low++) {
		if (!sorted->rule[low].taken) {
			sorted->rule[low].taken = true;
			return sorted->rule[low].bit;
		}
	}
	return 0;
}

/*
 * Of the pairs, keep a longest run that both lists have in the same order: end[k] is the rule that
 * ends the best run of k + 1 rules, back[] the one before it.
 */
static int keep_order(struct aligner *aligner, const struct candidates *before)
{
	size_t *end = vfg_arena_array(aligner->arena, before->count + 1, sizeof(*end));
	size_t *back = vfg_arena_array(aligner->arena, before->count + 1, sizeof(*back));
	uint32_t *partner = aligner->partner;
	size_t length = 0, at;

	if (!end || !back)
		return -ENOMEM;
	for (size_t i = 0; i < before->count; i++) {
		uint32_t bit = partner[before->rule[i].bit];
		size_t low = 0, high = length;

		if (!bit)
			continue;
		while (low < high) {
			size_t middle = (low + high) / 2;

			if (partner[before->rule[end[middle]].bit] < bit)
				low = middle + 1;
			else
				high = middle;
		}
		back[i] = low ? end[low - 1] : SIZE_MAX;
		end[low] = i;
		length += low == length;
	}
	at = length ? end[length - 1] : SIZE_MAX;
	for (size_t i = before->count; i-- > 0;) {
		if (i == at)
			at = back[i];
		else
			partner[before->rule[i].bit] = 0;
	}
	return 0;
}

static int align_lists(struct aligner *aligner, const struct vfg_pair_stage *before,
		       const struct vfg_pair_stage *after)
{
	struct candidates from, to;
	int err;

	err = list_rules(aligner, before, &from);
	if (!err)
		err = list_rules(aligner, after, &to);
	if (err)
		return err;
	qsort(to.rule, to.count, sizeof(*to.rule), compare);
	for (size_t i = 0; i < from.count; i++)
		aligner->partner[from.rule[i].bit] = take(&to, from.rule[i].signature);
	return keep_order(aligner, &from);
}

static bool has_stage(const struct vfg_pair *pair, enum vfg_version version, uint8_t stage)
{
	for (uint32_t i = 0; i < pair->stages[version]; i++) {
		if (pair->stage[version][i].stage == stage)
			return true;
	}
	return false;
}

/* Lists that may be silent, and that only one of the policies has, change the walk by their rules
 * alone. Return: the next position that both have, or an NSG's. */
static uint32_t skip(const struct vfg_pair *pair, enum vfg_version version, uint32_t position)
{
	while (position < pair->stages[version] &&
	       pair->stage[version][position].stage < VFG_STAGE_SUBNET &&
	       !has_stage(pair, !version, pair->stage[version][position].stage))
		position++;
	return position;
}

static int align_stages(struct aligner *aligner)
{
	const struct vfg_pair *pair = aligner->pair;
	uint32_t from = 0, to = 0;
	int err;

	for (;; from++, to++) {
		from = skip(pair, VFG_BEFORE, from);
		to = skip(pair, VFG_AFTER, to);
		if (from == pair->stages[VFG_BEFORE] || to == pair->stages[VFG_AFTER])
			break;
		if (pair->stage[VFG_BEFORE][from].stage != pair->stage[VFG_AFTER][to].stage)
			break;
		err = align_lists(aligner, &pair->stage[VFG_BEFORE][from],
				  &pair->stage[VFG_AFTER][to]);
		if (err)
			return err;
	}
	aligner->alignment->restaged =
		from < pair->stages[VFG_BEFORE] || to < pair->stages[VFG_AFTER];
	return 0;
}

/* Where one of a pair is and the other is not, they are no pair. */
static void confirm(struct aligner *aligner, const uint64_t *vector)
{
	for (uint32_t bit = 64; bit < aligner->pair->words * 64; bit++) {
		uint32_t partner = aligner->partner[bit];

		if (partner && has(vector, bit) != has(vector, partner))
			aligner->partner[bit] = 0;
	}
}

static void mark_changed(struct aligner *aligner)
{
	struct vfg_alignment *alignment = aligner->alignment;

	memcpy(alignment->changed, alignment->alive, sizeof(alignment->changed));
	alignment->changed[0] = 0;
	for (uint32_t bit = 64; bit < aligner->pair->words * 64; bit++) {
		uint32_t partner = aligner->partner[bit];

		if (!partner)
			continue;
		alignment->changed[bit / 64] &= ~(1ULL << bit % 64);
		alignment->changed[partner / 64] &= ~(1ULL << partner % 64);
	}
}

int vfg_align(struct vfg_arena *arena, const struct vfg_pair *pair,
	      const struct vfg_axis axis[VFG_DIM_MAX], struct vfg_alignment *ret_alignment)
{
	size_t bits = (size_t)pair->words * 64;
	struct aligner aligner = {
		.arena = arena,
		.pair = pair,
		.axis = axis,
		.alignment = ret_alignment,
		.signature = vfg_arena_array(arena, bits, sizeof(*aligner.signature)),
		.partner = vfg_arena_array(arena, bits, sizeof(*aligner.partner)),
	};
	int err;

	if (!aligner.signature || !aligner.partner)
		return -ENOMEM;
	*ret_alignment = (struct vfg_alignment){0};
	sign(&aligner);
	find_alive(&aligner);
	find_actions(&aligner);
	err = align_stages(&aligner);
	for (int dimension = 0; dimension < VFG_DIM_MAX && !err; dimension++) {
		for (uint32_t group = 0; group < axis[dimension].groups; group++)
			confirm(&aligner, vfg_axis_vector(&axis[dimension], pair, group));
	}
	mark_changed(&aligner);
	return err;
}
