/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs cost: instructions that the verifier walks (a kernel gives up at 1,000,000, and
 * others walk more than this one), and the memory of the maps at their default sizes.
 */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "scene.h"

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

	scene_expect(&scene, BENCH_INGRESS, &in, VFG_REASON_RULE_ALLOW, "question");
	scene_expect(&scene, BENCH_EGRESS, &out, VFG_REASON_FLOW, "answer");
	cr_log_info("established: XDP %u ns, TC %u ns; denied: XDP %u ns, TC %u ns",
		    bench_time(&scene.bench, BENCH_XDP, &in, TIMED_RUNS),
		    bench_time(&scene.bench, BENCH_INGRESS, &in, TIMED_RUNS),
		    bench_time(&scene.bench, BENCH_XDP, &denied, TIMED_RUNS),
		    bench_time(&scene.bench, BENCH_INGRESS, &denied, TIMED_RUNS));
	scene_expect(&scene, BENCH_XDP, &in, VFG_REASON_FLOW, "still a flow");
	scene_expect(&scene, BENCH_XDP, &denied, VFG_REASON_RULE_DENY, "still denied");
}
