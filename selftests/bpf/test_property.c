/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The property that everything hangs on: oracle, compiled tables and loaded programs say the same
 * of a packet, verdict and rule. VFG_SEED=N repeats one run.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <stdlib.h>
#include <string.h>

#include "../generate.h"
#include "prog_run.h"
#include "shrink.h"

enum {
	FIRST_SEED = 19980615,
	POLICIES = 280,
	PACKETS = 400,
	LARGE_POLICIES = 10,
	LARGE_PACKETS = 1000,
	ARENA_BYTES = 256 << 20,
};

/* What was met, so that a run that only met trivial packets fails. */
struct tally {
	size_t packets;
	size_t allowed;
	size_t denied;
	size_t unnamed;
	size_t ipv6;
};

/* One policy, in all its forms. */
struct subject {
	uint64_t seed;
	struct vfg_arena *arena;
	struct vfg_model *model;
	struct vfg_tables tables;
};

static struct bench bench;

static void open_bench(void)
{
	bench_open(&bench, 1, VFG_ANSWER_IFINDEX);
}

static void close_bench(void)
{
	bench_close(&bench);
}

TestSuite(bpf_property, .init = open_bench, .fini = close_bench, .timeout = 300);

static uint64_t first_seed(void)
{
	const char *text = getenv("VFG_SEED");

	return text ? strtoull(text, NULL, 0) : FIRST_SEED;
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

/* IPv6 extension headers are no upper protocols: no packet says that tuple. */
static bool is_extension(const struct vfg_tuple *tuple)
{
	static const uint8_t extensions[] = {0, 43, 44, 60};

	return tuple->family == VFG_IPV6 &&
	       memchr(extensions, tuple->protocol, sizeof(extensions)) != NULL;
}

static enum vfg_reason expected_reason(const struct vfg_verdict *verdict)
{
	if (verdict->allow)
		return VFG_REASON_RULE_ALLOW;
	return verdict->rule[0] ? VFG_REASON_RULE_DENY : VFG_REASON_NO_RULE;
}

static void ask(enum bench_program program, const struct packet *packet,
		const struct vfg_verdict *oracle, const struct vfg_verdict *verdict)
{
	bool pass;
	struct vfg_answer answer = bench_ask(&bench, program, packet, &pass);

	cr_assert(eq(int, pass, oracle->allow), "program %d: passed %d, oracle: %s", program, pass,
		  oracle->rule);
	cr_assert(eq(u32, answer.reason, expected_reason(oracle)), "program %d", program);
	cr_assert(eq(u32, answer.rule, verdict->number), "program %d, oracle: %s", program,
		  oracle->rule);
	cr_assert(eq(u32, answer.generation, bench.policy->generation));
}

static void judge(const struct vfg_tuple *tuple, const struct vfg_verdict *oracle,
		  const struct vfg_verdict *verdict)
{
	struct packet packet;

	packet_of_tuple(&packet, tuple);
	if (tuple->direction == VFG_OUTBOUND) {
		ask(BENCH_EGRESS, &packet, oracle, verdict);
		return;
	}
	ask(BENCH_XDP, &packet, oracle, verdict);
	ask(BENCH_INGRESS, &packet, oracle, verdict);
}

static void judge_packets(const struct subject *subject, struct vfg_random *random, size_t packets,
			  struct tally *tally)
{
	for (size_t i = 0; i < packets; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(random, subject->model);
		struct vfg_verdict oracle = vfg_model_judge(subject->model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(&subject->tables, &tuple);

		if (is_extension(&tuple))
			continue;
		tally->packets++;
		tally->allowed += oracle.allow;
		tally->denied += !oracle.allow;
		tally->unnamed += !oracle.rule[0];
		tally->ipv6 += tuple.family == VFG_IPV6;
		if (oracle.allow != verdict.allow || strcmp(oracle.rule, verdict.rule)) {
			print_tuple(subject->seed, i, &tuple);
			cr_fatal("oracle: %s, tables: %s", oracle.rule, verdict.rule);
		}
		judge(&tuple, &oracle, &verdict);
	}
}

static void judge_policy(uint64_t seed, size_t rules_max, size_t packets, struct tally *tally)
{
	struct subject subject = {.seed = seed, .arena = vfg_arena_new(ARENA_BYTES)};
	struct vfg_diag diag = {.arena = subject.arena};
	struct vfg_random random = {.state = seed};
	size_t bytes;
	void *image;

	subject.model = vfg_generate_model(subject.arena, &random, rules_max);
	cr_assert(ne(ptr, subject.model, NULL));
	cr_assert(zero(int, vfg_image_write(subject.arena, subject.model, &diag, &image, &bytes)));
	cr_assert(zero(int, vfg_image_open(image, bytes, &diag, &subject.tables)));
	bench_policy(&bench, &subject.tables);
	judge_packets(&subject, &random, packets, tally);
	vfg_arena_free(subject.arena);
}

/* Criterion prints the assertion that failed; this names the run that repeats it. */
static void announce(uint64_t seed)
{
	fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
}

static void check_tally(const struct tally *tally)
{
	cr_assert(gt(sz, tally->allowed, tally->packets / 10));
	cr_assert(gt(sz, tally->denied, tally->packets / 10));
	cr_assert(gt(sz, tally->unnamed, tally->packets / 500));
	cr_assert(gt(sz, tally->ipv6, tally->packets / 5));
}

Test(bpf_property, programs_agree_with_the_oracle_on_small_policies)
{
	size_t policies = shrink("policies", POLICIES);
	uint64_t seed = first_seed();
	struct tally tally = {0};

	announce(seed);
	for (size_t i = 0; i < policies; i++)
		judge_policy(seed + i, 1 + i % 12, PACKETS, &tally);
	cr_log_info("%zu packets", tally.packets);
	cr_assert(ge(sz, tally.packets, policies * PACKETS / 8 * 7));
	check_tally(&tally);
}

Test(bpf_property, programs_agree_with_the_oracle_on_large_policies)
{
	uint64_t seed = first_seed() + 1000000;
	size_t packets = shrink("packets a policy", LARGE_PACKETS);
	struct tally tally = {0};

	announce(seed);
	for (size_t i = 0; i < LARGE_POLICIES; i++)
		judge_policy(seed + i, 500, packets, &tally);
	check_tally(&tally);
}
