/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs cost: instructions that the verifier walks (a kernel gives up at 1,000,000, and
 * others walk more than this one), stack, and the memory of the maps at their default sizes.
 */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "shrink.h"

enum {
	/* Measured on 6.18 with clang 14: 198,000 and 302,000. What has grown is the walk of the
	   tries, where each access may leave the first slab, and the search of flows by tags, once
	   for plain packets and once for the others. */
	XDP_CEILING = 280000,
	TC_CEILING = 430000,
	MIB = 1 << 20,
	/* Two tables of flows, 16 and 32 MiB, their tags, 1 and 1, and their tallies, 16 and 16;
	   counters are small. */
	FLOW_MEMORY_MIB = 82,
	TIMED_RUNS = 200000,
	/* Kernels add up the stacks of a chain of calls, each rounded up; those up to 6.1 by 32. */
	STACK_MAX = 512,
	STACK_ROUND = 32,
	STEPS_MAX = 64, /* functions of a program */
	PROGRAMS_MAX = 8,
	LOG_BYTES = 1 << 20,
	LOG_STATISTICS = 4, /* the verifier's: "stack depth 160+32+..." among others */
};

static struct scene scene;

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(budget, .init = open_scene, .fini = close_scene);

static uint32_t verified(enum bench_program program)
{
	struct bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	int err = bpf_obj_get_info_by_fd(bench_program_fd(&scene.bench, program), &info, &length);

	cr_assert(zero(int, err));
	cr_log_info("%s: %u verified, %u translated, %u bytes jited", info.name,
		    info.verified_insns, info.xlated_prog_len / 8, info.jited_prog_len);
	return info.verified_insns;
}

/* A kernel before 5.16 does not tell: then it has at least loaded them. */
Test(budget, verified_instructions_stay_below_their_ceilings)
{
	cr_assert(lt(u32, verified(BENCH_XDP), XDP_CEILING));
	cr_assert(lt(u32, verified(BENCH_INGRESS), TC_CEILING));
	cr_assert(lt(u32, verified(BENCH_EGRESS), TC_CEILING));
	cr_assert(lt(u32, verified(BENCH_BELOW), TC_CEILING));
}

/* The functions of a loaded program, in the order of their instructions. */
struct steps {
	const struct bpf_insn *code;
	size_t length;
	size_t count;
	size_t first[STEPS_MAX];
	unsigned int stack[STEPS_MAX];
};

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static size_t target_of(const struct steps *steps, size_t at)
{
	return at + 1 + (size_t)steps->code[at].imm;
}

static int order(const void *a, const void *b)
{
	const size_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void find_steps(struct steps *steps)
{
	steps->first[steps->count++] = 0;
	for (size_t at = 0; at < steps->length; at++) {
		size_t known = 0;

		if (!is_call(&steps->code[at]))
			continue;
		while (known < steps->count && steps->first[known] != target_of(steps, at))
			known++;
		cr_assert(lt(sz, known, STEPS_MAX));
		steps->first[known] = target_of(steps, at);
		steps->count += known == steps->count;
	}
	qsort(steps->first, steps->count, sizeof(steps->first[0]), order);
}

/* Stacks as the verifier has measured them. */
static void read_stacks(struct steps *steps, const char *log)
{
	const char *at = strstr(log, "stack depth ");

	cr_assert(ne(ptr, (void *)at, NULL), "no statistics in the log");
	at += strlen("stack depth ");
	for (size_t i = 0; i < steps->count; i++) {
		char *end;

		steps->stack[i] = (unsigned int)strtoul(at, &end, 10);
		cr_assert(ne(ptr, (void *)end, (void *)at), "function %zu of %zu", i, steps->count);
		at = end + 1;
	}
}

/* The deepest chain of calls from a function on. */
static unsigned int deepest(const struct steps *steps, size_t step)
{
	size_t end = step + 1 < steps->count ? steps->first[step + 1] : steps->length;
	unsigned int below = 0, own = steps->stack[step] ? steps->stack[step] : 1;

	for (size_t at = steps->first[step]; at < end; at++) {
		unsigned int depth;
		size_t callee = 0;

		if (!is_call(&steps->code[at]))
			continue;
		while (steps->first[callee] != target_of(steps, at))
			callee++;
		depth = deepest(steps, callee);
		below = depth > below ? depth : below;
	}
	return (own + STACK_ROUND - 1) / STACK_ROUND * STACK_ROUND + below;
}

static void expect_stack(const struct bpf_program *program, const char *log)
{
	struct steps steps = {
		.code = bpf_program__insns(program),
		.length = bpf_program__insn_cnt(program),
	};

	find_steps(&steps);
	read_stacks(&steps, log);
	cr_log_info("%s: %u bytes of stack", bpf_program__name(program), deepest(&steps, 0));
	cr_expect(le(u32, deepest(&steps, 0), STACK_MAX), "%s", bpf_program__name(program));
}

static void expect_stacks(struct bpf_object *object)
{
	char *log = calloc(PROGRAMS_MAX, LOG_BYTES), *at = log;
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_log_level(program, LOG_STATISTICS);
		bpf_program__set_log_buf(program, at, LOG_BYTES);
		at += LOG_BYTES;
	}
	cr_assert(zero(int, bpf_object__load(object)));
	at = log;
	bpf_object__for_each_program(program, object)
	{
		expect_stack(program, at);
		at += LOG_BYTES;
	}
	free(log);
}

Test(budget, stacks_fit_the_kernels_that_round_them_most)
{
	struct vfg_xdp *xdp = vfg_xdp__open();
	struct vfg_tc *tc = vfg_tc__open();
	struct bpf_map *map;

	bpf_object__for_each_map(map, xdp->obj) bpf_map__set_pin_path(map, NULL);
	bpf_object__for_each_map(map, tc->obj) bpf_map__set_pin_path(map, NULL);
	expect_stacks(xdp->obj);
	expect_stacks(tc->obj);
	vfg_xdp__destroy(xdp);
	vfg_tc__destroy(tc);
}

Test(budget, flow_tables_have_the_memory_that_the_documentation_states)
{
	struct vfg_xdp *xdp = vfg_xdp__open();
	struct vfg_tc *tc = vfg_tc__open();
	const struct bpf_map *maps[] = {xdp->maps.vfg_flow4, xdp->maps.vfg_flow6,
					xdp->maps.vfg_tag4,  xdp->maps.vfg_tag6,
					tc->maps.vfg_tally4, tc->maps.vfg_tally6};
	size_t bytes = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		cr_assert(eq(u32, bpf_map__max_entries(maps[i]), VFG_FLOW_BUCKETS_DEFAULT));
		bytes += (size_t)bpf_map__max_entries(maps[i]) * bpf_map__value_size(maps[i]);
	}
	cr_assert(eq(sz, bytes, (size_t)FLOW_MEMORY_MIB * MIB));
	vfg_xdp__destroy(xdp);
	vfg_tc__destroy(tc);
}

/* No bound: test runs on a shared machine are too noisy for one. `make bench` compares. */
Test(budget, times_are_told)
{
	struct packet in = scene_udp_in(VFG_IPV4, 5000, 514);
	struct packet out = scene_udp_out(VFG_IPV4, 514, 5000);
	struct packet denied = scene_tcp_in(VFG_IPV4, 40000, 23, PACKET_SYN);
	int runs = (int)shrink("timed runs", TIMED_RUNS);

	scene_expect(&scene, BENCH_INGRESS, &in, VFG_REASON_RULE_ALLOW, "question");
	scene_expect(&scene, BENCH_EGRESS, &out, VFG_REASON_FLOW, "answer");
	cr_log_info("established: XDP %u ns, TC %u ns; denied: XDP %u ns, TC %u ns",
		    bench_time(&scene.bench, BENCH_XDP, &in, runs),
		    bench_time(&scene.bench, BENCH_INGRESS, &in, runs),
		    bench_time(&scene.bench, BENCH_XDP, &denied, runs),
		    bench_time(&scene.bench, BENCH_INGRESS, &denied, runs));
	scene_expect(&scene, BENCH_XDP, &in, VFG_REASON_FLOW, "still a flow");
	scene_expect(&scene, BENCH_XDP, &denied, VFG_REASON_RULE_DENY, "still denied");
}
