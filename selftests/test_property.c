/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The property that everything hangs on: what the oracle says of a packet, straight from the rules,
 * the compiled tables say too, verdict and rule. VFG_SEED=N repeats one run.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

enum {
	FIRST_SEED = 20240429,
	POLICIES = 300,
	PACKETS = 400,
	LARGE_POLICIES = 12,
	LARGE_PACKETS = 1000,
};

/* What was met, so that a run that only met trivial packets fails. */
struct tally {
	size_t packets;
	size_t allowed;
	size_t denied;
	size_t unnamed;
	size_t deep; /* decided by another than the first rule of a list */
};

static uint64_t first_seed(void)
{
	const char *text = getenv("VFG_SEED");

	return text ? strtoull(text, NULL, 0) : FIRST_SEED;
}

static bool agree(const struct vfg_verdict *left, const struct vfg_verdict *right)
{
	return left->allow == right->allow && !strcmp(left->rule, right->rule) &&
	       !strcmp(left->list, right->list) && left->stage == right->stage;
}

static void count(struct tally *tally, const struct vfg_verdict *verdict)
{
	tally->packets++;
	tally->allowed += verdict->allow;
	tally->denied += !verdict->allow;
	tally->unnamed += !verdict->rule[0];
	tally->deep += verdict->number != VFG_RULE_NONE && verdict->number % 64 != 0;
}

static void print_tuple(uint64_t seed, size_t packet, const struct vfg_tuple *tuple)
{
	fprintf(stderr, "seed %llu, packet %zu: direction %u family %u protocol %u local ",
		(unsigned long long)seed, packet, tuple->direction, tuple->family, tuple->protocol);
	for (int i = 0; i < 16; i++)
		fprintf(stderr, "%02x", tuple->local[i]);
	fprintf(stderr, ":%u remote ", tuple->local_port);
	for (int i = 0; i < 16; i++)
		fprintf(stderr, "%02x", tuple->remote[i]);
	fprintf(stderr, ":%u\n", tuple->remote_port);
}

static void judge_policy(uint64_t seed, size_t rules_max, size_t packets, struct tally *tally)
{
	struct vfg_arena *arena = vfg_arena_new(256 << 20);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_random random = {.state = seed};
	struct vfg_model *model = vfg_generate_model(arena, &random, rules_max);
	struct vfg_tables tables;
	size_t bytes;
	void *image;

	cr_assert(ne(ptr, model, NULL), "seed %llu", (unsigned long long)seed);
	cr_assert(zero(int, vfg_image_write(arena, model, &diag, &image, &bytes)), "seed %llu",
		  (unsigned long long)seed);
	cr_assert(zero(int, vfg_image_open(image, bytes, &diag, &tables)), "seed %llu",
		  (unsigned long long)seed);
	for (size_t i = 0; i < packets; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(&random, model);
		struct vfg_verdict oracle = vfg_model_judge(model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(&tables, &tuple);

		count(tally, &verdict);
		if (agree(&oracle, &verdict))
			continue;
		print_tuple(seed, i, &tuple);
		cr_fatal("oracle: %s %s, tables: %s %s", oracle.allow ? "Allow" : "Deny",
			 oracle.rule, verdict.allow ? "Allow" : "Deny", verdict.rule);
	}
	vfg_arena_free(arena);
}

static void check_tally(const struct tally *tally)
{
	cr_assert(gt(sz, tally->allowed, tally->packets / 10));
	cr_assert(gt(sz, tally->denied, tally->packets / 10));
	cr_assert(gt(sz, tally->unnamed, tally->packets / 100));
	cr_assert(gt(sz, tally->deep, tally->packets / 4));
}

Test(property, oracle_and_tables_agree_on_small_policies)
{
	uint64_t seed = first_seed();
	struct tally tally = {0};

	for (size_t i = 0; i < POLICIES; i++)
		judge_policy(seed + i, 1 + i % 12, PACKETS, &tally);
	cr_assert(ge(sz, tally.packets, 100000));
	check_tally(&tally);
}

Test(property, oracle_and_tables_agree_on_large_policies)
{
	uint64_t seed = first_seed() + 1000000;
	struct tally tally = {0};

	for (size_t i = 0; i < LARGE_POLICIES; i++)
		judge_policy(seed + i, 500, LARGE_PACKETS, &tally);
	check_tally(&tally);
}
