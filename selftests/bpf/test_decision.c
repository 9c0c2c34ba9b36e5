/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions that are recalled (maps/decision.h): that they are, and when they must not be. The
 * tests give the decisions that are held another rule id, so that a recall shows in the counters.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <sched.h>
#include <stdlib.h>

#include "../generate.h"
#include "scene.h"

enum {
	MARK = 4000, /* a rule id that no rule here has */
	CPUS_MAX = 256,
	SEED = 20261128,
	POLICIES = 60,
	PACKETS = 300,
	TURNS = 3,
	RULES_MAX = 12,
	ARENA_BYTES = 64 << 20,
};

static struct scene scene;

/* Decisions are a CPU's own. */
static void stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	cr_assert(zero(int, sched_setaffinity(0, sizeof(cpus), &cpus)));
}

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
	stay_on_one_cpu();
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(decision, .init = open_scene, .fini = close_scene, .timeout = 300);

static void mark(struct vfg_decision *decision)
{
	decision->id = MARK;
}

static void mark_and_begin_to_write(struct vfg_decision *decision)
{
	decision->id = MARK;
	decision->sequence++;
}

/* Return: how many decisions are held. */
static size_t change_decisions(void (*change)(struct vfg_decision *decision))
{
	static struct vfg_decision value[CPUS_MAX];
	int fd = bpf_object__find_map_fd_by_name(scene.bench.xdp->obj, "vfg_decision");
	size_t held = 0;

	cr_assert(le(int, libbpf_num_possible_cpus(), CPUS_MAX));
	for (uint32_t place = 0; place < VFG_DECISIONS; place++) {
		cr_assert(zero(int, bpf_map_lookup_elem(fd, &place, value)));
		for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
			if (!value[cpu].generation)
				continue;
			held++;
			change(&value[cpu]);
		}
		cr_assert(zero(int, bpf_map_update_elem(fd, &place, value, BPF_ANY)));
	}
	return held;
}

/* Puts the one decision that is held in every place of every CPU, marked: any key finds it. */
static void spread_decision(void)
{
	static struct vfg_decision value[CPUS_MAX];
	int fd = bpf_object__find_map_fd_by_name(scene.bench.xdp->obj, "vfg_decision");
	struct vfg_decision held = {};

	for (uint32_t place = 0; place < VFG_DECISIONS && !held.generation; place++) {
		cr_assert(zero(int, bpf_map_lookup_elem(fd, &place, value)));
		for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
			if (value[cpu].generation)
				held = value[cpu];
	}
	cr_assert(ne(u32, held.generation, 0));
	mark(&held);
	for (int cpu = 0; cpu < CPUS_MAX; cpu++)
		value[cpu] = held;
	for (uint32_t place = 0; place < VFG_DECISIONS; place++)
		cr_assert(zero(int, bpf_map_update_elem(fd, &place, value, BPF_ANY)));
}

static uint64_t marked_hits(void)
{
	return bench_rule(&scene.bench, MARK).hits;
}

static struct packet denied(enum vfg_family family)
{
	return scene_tcp_in(family, 40000, 23, PACKET_SYN);
}

static void deny(enum bench_program program, const struct packet *packet, const char *what)
{
	scene_expect(&scene, program, packet, VFG_REASON_RULE_DENY, what);
}

Test(decision, is_recalled_at_every_hook)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		struct packet packet = denied(family);
		uint64_t before = marked_hits();

		deny(BENCH_XDP, &packet, "decided");
		cr_assert(gt(sz, change_decisions(mark), 0));
		deny(BENCH_XDP, &packet, "recalled at XDP");
		cr_assert(eq(u64, marked_hits(), before + 1));
		deny(BENCH_INGRESS, &packet, "recalled at TC");
		cr_assert(eq(u64, marked_hits(), before + 2));
	}
}

Test(decision, to_allow_opens_the_flow_by_its_rule)
{
	struct packet packet = scene_tcp_in(VFG_IPV4, 40000, 22, PACKET_SYN);

	scene_expect(&scene, BENCH_XDP, &packet, VFG_REASON_RULE_ALLOW, "decided");
	cr_assert(eq(sz, change_decisions(mark), 1));
	scene_expect(&scene, BENCH_INGRESS, &packet, VFG_REASON_RULE_ALLOW, "recalled");
	cr_assert(eq(u64, marked_hits(), 1));
	cr_assert(eq(sz, bench_flows(&scene.bench), 1));
}

static struct packet between(const char *outside, const char *guest)
{
	struct packet packet;

	packet_begin(&packet);
	packet_ip(&packet, outside, guest);
	packet_tcp(&packet, 40000, 23, PACKET_SYN);
	packet_finish(&packet);
	return packet;
}

static void hold_for_one_key(enum vfg_family family)
{
	bool is4 = family == VFG_IPV4;
	struct packet others[] = {
		between(is4 ? "198.51.100.8" : "2001:db8:2::8", is4 ? GUEST : GUEST6),
		between(is4 ? OUTSIDE : OUTSIDE6, is4 ? "192.0.2.6" : "2001:db8:1::6"),
		scene_tcp_in(family, 40001, 23, PACKET_SYN),
		scene_tcp_in(family, 40000, 24, PACKET_SYN),
		scene_udp_in(family, 40000, 23),
		denied(family == VFG_IPV4 ? VFG_IPV6 : VFG_IPV4),
	};
	struct packet packet = denied(family);

	deny(BENCH_XDP, &packet, "decided");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		spread_decision();
		deny(BENCH_XDP, &others[i], "another key");
		cr_assert(zero(u64, marked_hits()), "packet %zu", i);
	}
	packet = scene_tcp_out(family, 23, 40000, PACKET_SYN);
	spread_decision();
	deny(BENCH_EGRESS, &packet, "the same ends, the other way");
	cr_assert(zero(u64, marked_hits()));
	packet = denied(family);
	deny(BENCH_XDP, &packet, "its own key");
	cr_assert(eq(u64, marked_hits(), 1));
}

Test(decision, holds_for_its_own_ipv4_key_only)
{
	hold_for_one_key(VFG_IPV4);
}

Test(decision, holds_for_its_own_ipv6_key_only)
{
	hold_for_one_key(VFG_IPV6);
}

Test(decision, holds_for_its_own_policy_only)
{
	struct packet packet = denied(VFG_IPV4);

	deny(BENCH_XDP, &packet, "decided");
	cr_assert(eq(sz, change_decisions(mark), 1));
	bench_policy(&scene.bench, &scene.sample.tables);
	deny(BENCH_XDP, &packet, "decided anew");
	cr_assert(zero(u64, marked_hits()));
}

Test(decision, that_is_half_written_is_not_read)
{
	struct packet packet = denied(VFG_IPV4);

	deny(BENCH_XDP, &packet, "decided");
	cr_assert(eq(sz, change_decisions(mark_and_begin_to_write), 1));
	deny(BENCH_XDP, &packet, "decided anew");
	cr_assert(zero(u64, marked_hits()));
}

/* ---- the same verdict whether it is recalled or not ---- */

static void judge(const struct vfg_model *model, struct vfg_random *random)
{
	struct vfg_tuple tuple = vfg_generate_tuple(random, model);
	struct vfg_verdict oracle = vfg_model_judge(model, &tuple);
	struct bench_result result;
	struct packet packet;

	if (tuple.direction != VFG_INBOUND ||
	    (tuple.protocol != IPPROTO_TCP && tuple.protocol != IPPROTO_UDP))
		return;
	packet_of_tuple(&packet, &tuple);
	for (int turn = 0; turn < TURNS; turn++) {
		result = bench_run(&scene.bench, BENCH_XDP, &packet);
		cr_assert(eq(int, result.pass, oracle.allow), "turn %d, oracle: %s", turn,
			  oracle.rule);
	}
	result = bench_run(&scene.bench, BENCH_INGRESS, &packet);
	cr_assert(eq(int, result.pass, oracle.allow), "TC, oracle: %s", oracle.rule);
	bench_clear_flows(&scene.bench);
}

Test(decision, agrees_with_the_oracle_over_many_policies)
{
	for (uint64_t i = 0; i < POLICIES; i++) {
		struct vfg_arena *arena = vfg_arena_new(ARENA_BYTES);
		struct vfg_diag diag = {.arena = arena};
		struct vfg_random random = {.state = SEED + i};
		struct vfg_model *model = vfg_generate_model(arena, &random, RULES_MAX);
		struct vfg_tables tables;
		size_t bytes;
		void *image;

		cr_assert(ne(ptr, model, NULL));
		cr_assert(zero(int, vfg_image_write(arena, model, &diag, &image, &bytes)));
		cr_assert(zero(int, vfg_image_open(image, bytes, &diag, &tables)));
		bench_policy(&scene.bench, &tables);
		for (int packet = 0; packet < PACKETS; packet++)
			judge(model, &random);
		vfg_arena_free(arena);
	}
}
