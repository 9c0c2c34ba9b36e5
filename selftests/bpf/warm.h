/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that are verified once for many tests, where the verifier takes longer than the tests:
 * with VFG_WARM=FOLDER on a bpffs they stay pinned there with their maps, by size of the flow
 * tables and knob, and each test finds the maps empty. For tests one after the other (-j1) only.
 */
#ifndef VFG_SELFTESTS_BPF_WARM_H
#define VFG_SELFTESTS_BPF_WARM_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

struct warm {
	char folder[128]; /* empty: not asked for */
	bool ready;	  /* maps and programs are there */
};

/* Where programs of this shape are, or will be. */
void warm_find(struct warm *warm, uint32_t buckets, uint32_t answer_ifindex);

/* Before the object is loaded: maps from there, if @maps, and no program that is there already. */
void warm_prepare(const struct warm *warm, struct bpf_object *object, bool maps);

/* After: its maps emptied, if they were used before. */
void warm_empty(const struct warm *warm, struct bpf_object *object);

/* After: leave the program there, or take it from there. Return: its descriptor, or < 0. */
int warm_program(const struct warm *warm, struct bpf_program *program);

#endif
