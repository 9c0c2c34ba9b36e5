/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule of kernels up to 6.1 that the kernel of this run may no longer have: a loop is closed by a
 * jump, never by an instruction that falls through. Walks the programs as check_cfg() of
 * kernel/bpf/verifier.c (6.1) does; notices if the build stops keeping blocks in order.
 */
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "prog_run.h"

enum { INSTRUCTIONS_MAX = 1 << 16 };

enum colour { UNSEEN, OPEN, DONE };

struct walk {
	const struct bpf_insn *code;
	size_t count;
	uint8_t colour[INSTRUCTIONS_MAX];
	uint8_t edges_taken[INSTRUCTIONS_MAX];
	uint32_t stack[INSTRUCTIONS_MAX];
	size_t depth;
	size_t bad_edges;
	size_t loops;
};

static bool is_jump(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return class == BPF_JMP || class == BPF_JMP32;
}

/* The edge-th successor of an instruction, -1 where there is none. */
static long successor(const struct bpf_insn *insn, long at, int edge)
{
	uint8_t op = BPF_OP(insn->code);
	long next = at + (insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1);

	if (!is_jump(insn) || op == BPF_CALL)
		return edge == 0 ? next : -1;
	if (op == BPF_EXIT)
		return -1;
	if (op == BPF_JA)
		return edge == 0 ? at + insn->off + 1 : -1;
	return edge == 0 ? next : edge == 1 ? at + insn->off + 1 : -1;
}

static bool may_close_a_loop(const struct bpf_insn *insn)
{
	return is_jump(insn) && BPF_OP(insn->code) != BPF_CALL;
}

static void open_node(struct walk *walk, uint32_t at)
{
	walk->colour[at] = OPEN;
	walk->stack[walk->depth++] = at;
}

static void step(struct walk *walk)
{
	uint32_t at = walk->stack[walk->depth - 1];
	const struct bpf_insn *insn = &walk->code[at];
	long next = successor(insn, at, walk->edges_taken[at]++);

	if (next < 0) {
		walk->colour[at] = DONE;
		walk->depth--;
		return;
	}
	cr_assert(lt(sz, (size_t)next, walk->count));
	if (walk->colour[next] == UNSEEN) {
		open_node(walk, (uint32_t)next);
	} else if (walk->colour[next] == OPEN) {
		walk->loops++;
		walk->bad_edges += !may_close_a_loop(insn);
	}
}

/* Every function begins somewhere that no edge reaches: open whatever is still unseen. */
static void walk_program(const struct bpf_program *program, struct walk *walk)
{
	*walk = (struct walk){
		.code = bpf_program__insns(program),
		.count = bpf_program__insn_cnt(program),
	};
	cr_assert(lt(sz, walk->count, INSTRUCTIONS_MAX));
	for (uint32_t at = 0; at < walk->count; at++) {
		if (walk->colour[at] != UNSEEN)
			continue;
		open_node(walk, at);
		while (walk->depth)
			step(walk);
		if (walk->code[at].code == (BPF_LD | BPF_IMM | BPF_DW))
			walk->colour[at + 1] = DONE;
	}
}

static size_t check_object(struct bpf_object *object, struct walk *walk)
{
	struct bpf_program *program;
	size_t loops = 0;

	bpf_object__for_each_program(program, object)
	{
		walk_program(program, walk);
		loops += walk->loops;
		cr_expect(zero(sz, walk->bad_edges), "%s", bpf_program__name(program));
	}
	return loops;
}

static struct bench bench;

static void open_bench(void)
{
	unsetenv("VFG_WARM"); /* the code as it is loaded is looked at */
	bench_open(&bench, 1, VFG_ANSWER_IFINDEX);
}

static void close_bench(void)
{
	bench_close(&bench);
}

TestSuite(loop, .init = open_bench, .fini = close_bench);

/* Loaded programs: only then are the functions they call among their instructions. */
Test(loop, no_loop_is_closed_by_falling_through)
{
	struct walk *walk = malloc(sizeof(*walk));

	cr_assert(ne(ptr, walk, NULL));
	/* the walk sees loops at all */
	cr_expect(gt(sz, check_object(bench.xdp->obj, walk), 0));
	cr_expect(gt(sz, check_object(bench.tc->obj, walk), 0));
	free(walk);
}
