/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The property from end to end: random inputs, written as JSON text in the shapes that users have,
 * read and compiled; what a naive evaluator says of a packet straight from the input, the oracle
 * says of the model and the tables say of the image. VFG_SEED=N repeats one run.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "generate_json.h"

enum {
	FIRST_SEED = 20261122,
	INPUTS = 1100,
	PACKETS = 1000,
	SHARES = 4, /* tests that run beside each other */
};

/* What was met, so that a run that only met trivial packets fails. */
struct tally {
	size_t packets, allowed, ipv6, portless;
	size_t stage[VFG_STAGE_MAX][2]; /* denied, allowed */
	size_t defaults;
	size_t side[SKETCH_GROUP + 1]; /* of the rule that decided */
	size_t tag[SKETCH_TAGS];
	size_t admin[VFG_ACTION_ALWAYS_ALLOW + 1];
	size_t passed_on;
	size_t platform[2];
};

static uint64_t first_seed(void)
{
	const char *text = getenv("VFG_SEED");

	return text ? strtoull(text, NULL, 0) : FIRST_SEED;
}

static void count_rule(struct tally *tally, const struct sketch_rule *rule, enum vfg_stage stage)
{
	for (int i = 0; i < 2; i++) {
		tally->side[rule->side[i].kind]++;
		if (rule->side[i].kind == SKETCH_TAG)
			tally->tag[rule->side[i].tag]++;
	}
	if (stage == VFG_STAGE_ADMIN)
		tally->admin[rule->action]++;
}

static void count(struct tally *tally, const struct sketch *sketch, const struct vfg_tuple *tuple,
		  const struct sketch_verdict *verdict)
{
	tally->packets++;
	tally->allowed += verdict->allow;
	tally->ipv6 += tuple->family == VFG_IPV6 && verdict->rule;
	tally->portless += tuple->protocol != 6 && tuple->protocol != 17 && verdict->rule;
	tally->stage[verdict->stage][verdict->allow]++;
	tally->platform[sketch->platform]++;
	tally->passed_on += verdict->passed_on;
	if (verdict->rule)
		count_rule(tally, verdict->rule, verdict->stage);
	else
		tally->defaults += verdict->stage != VFG_STAGE_PLATFORM;
}

/* "KIND/NAME", any KIND where the sketch leaves it open. */
static bool same_rule(const char *said, const struct sketch_verdict *wanted)
{
	const char *slash = strrchr(said, '/');

	if (!slash || strcmp(slash + 1, wanted->name) != 0)
		return false;
	return !wanted->kind || (strlen(wanted->kind) == (size_t)(slash - said) &&
				 !strncmp(said, wanted->kind, (size_t)(slash - said)));
}

static bool same(const struct vfg_verdict *said, const struct sketch_verdict *wanted)
{
	return said->allow == wanted->allow && said->stage == wanted->stage &&
	       same_rule(said->rule, wanted);
}

static void print_texts(const struct vfg_request *request)
{
	for (size_t i = 0; i < request->source_count; i++)
		fprintf(stderr, "%s: %.*s\n", request->sources[i].file,
			(int)request->sources[i].bytes, request->sources[i].text);
	for (size_t i = 0; i < request->tag_count; i++)
		fprintf(stderr, "--tag %s\n", request->tags[i]);
	fprintf(stderr, "platform %d, inert %d\n", request->platform, request->inert_empty_groups);
}

static void print_tuple(const struct vfg_tuple *tuple)
{
	fprintf(stderr, "direction %u protocol %u local ", tuple->direction, tuple->protocol);
	for (int i = 0; i < (tuple->family == VFG_IPV4 ? 4 : 16); i++)
		fprintf(stderr, "%02x", tuple->local[i]);
	fprintf(stderr, " port %u remote ", tuple->local_port);
	for (int i = 0; i < (tuple->family == VFG_IPV4 ? 4 : 16); i++)
		fprintf(stderr, "%02x", tuple->remote[i]);
	fprintf(stderr, " port %u\n", tuple->remote_port);
}

static void judge_packets(uint64_t seed, const struct sketch *sketch, const struct vfg_model *model,
			  const struct vfg_tables *tables, struct tally *tally)
{
	struct vfg_random random = {.state = ~seed};

	for (size_t i = 0; i < PACKETS; i++) {
		struct vfg_tuple tuple = sketch_tuple(sketch, &random);
		struct sketch_verdict wanted = sketch_judge(sketch, &tuple);
		struct vfg_verdict oracle = vfg_model_judge(model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(tables, &tuple);

		count(tally, sketch, &tuple, &wanted);
		if (same(&oracle, &wanted) && same(&verdict, &wanted))
			continue;
		print_tuple(&tuple);
		cr_assert_fail("seed %llu: the input: %s %s, oracle: %s %s, tables: %s %s",
			       (unsigned long long)seed, wanted.allow ? "Allow" : "Deny",
			       wanted.name, oracle.allow ? "Allow" : "Deny", oracle.rule,
			       verdict.allow ? "Allow" : "Deny", verdict.rule);
	}
}

static void judge_input(uint64_t seed, struct tally *tally)
{
	struct vfg_arena *arena = vfg_arena_new(256 << 20);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_random random = {.state = seed};
	struct sketch *sketch = vfg_arena_alloc(arena, sizeof(*sketch));
	struct vfg_model *model = NULL;
	struct vfg_tables tables = {0};
	struct vfg_request request;
	size_t bytes;
	void *image;

	cr_assert(sketch);
	sketch_random(sketch, &random);
	sketch_request(arena, sketch, &random, &request);
	if (vfg_model_read(arena, &request, &diag, &model) ||
	    vfg_image_write(arena, model, &diag, &image, &bytes) ||
	    vfg_image_open(image, bytes, &diag, &tables)) {
		print_texts(&request);
		for (const struct vfg_message *at = diag.first; at; at = at->next)
			fprintf(stderr, "%s\n", vfg_report_message(arena, "test", at));
		cr_assert_fail("seed %llu: does not compile", (unsigned long long)seed);
	}
	judge_packets(seed, sketch, model, &tables, tally);
	vfg_arena_free(arena);
}

static void check_tally(const struct tally *tally)
{
	const size_t few = tally->packets / 1000, some = tally->packets / 100;

	cr_expect_gt(tally->allowed, tally->packets / 5);
	cr_expect_gt(tally->packets - tally->allowed, tally->packets / 5);
	cr_expect_gt(tally->ipv6, some * 5);
	cr_expect_gt(tally->portless, some * 5);
	cr_expect_gt(tally->defaults, some * 5);
	cr_expect_gt(tally->platform[VFG_PLATFORM_AZURE], some * 20);
	cr_expect_gt(tally->platform[VFG_PLATFORM_NONE], some * 20);
	for (int stage = 0; stage < VFG_STAGE_MAX; stage++) {
		cr_expect_gt(tally->stage[stage][0], few / 4, "stage %d denied %zu", stage,
			     tally->stage[stage][0]);
		cr_expect_gt(tally->stage[stage][1], few, "stage %d allowed %zu", stage,
			     tally->stage[stage][1]);
	}
	for (int kind = 0; kind <= SKETCH_GROUP; kind++)
		cr_expect_gt(tally->side[kind], some, "kind %d: %zu", kind, tally->side[kind]);
	for (int tag = 0; tag < SKETCH_TAGS; tag++)
		cr_expect_gt(tally->tag[tag], few, "%s: %zu", sketch_tag_name[tag],
			     tally->tag[tag]);
	cr_expect_gt(tally->admin[VFG_ACTION_DENY], some);
	cr_expect_gt(tally->passed_on, some);
	cr_expect_gt(tally->admin[VFG_ACTION_ALWAYS_ALLOW], some);
}

/* A quarter of a million packets and more, each share from seeds of its own. */
static void judge_share(uint64_t share)
{
	uint64_t seed = first_seed() + share * INPUTS;
	struct tally tally = {0};

	for (uint64_t i = 0; i < INPUTS / SHARES; i++)
		judge_input(seed + i, &tally);
	cr_assert_geq(tally.packets * SHARES, 1000000);
	check_tally(&tally);
}

Test(pipeline_property, input_oracle_and_tables_agree_first_share)
{
	judge_share(0);
}

Test(pipeline_property, input_oracle_and_tables_agree_second_share)
{
	judge_share(1);
}

Test(pipeline_property, input_oracle_and_tables_agree_third_share)
{
	judge_share(2);
}

Test(pipeline_property, input_oracle_and_tables_agree_fourth_share)
{
	judge_share(3);
}
