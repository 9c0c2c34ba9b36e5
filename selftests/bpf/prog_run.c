/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs on a bench.
 */
#include "prog_run.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "warm.h"

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static int map_of(const struct bench *bench, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(bench->xdp->obj, name);

	must(fd >= 0, name);
	return fd;
}

static void *map_memory(int fd, size_t bytes, const char *what)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	must(memory != MAP_FAILED, what);
	return memory;
}

/* No pins, small flow tables. */
static void shape_maps(struct bpf_object *object, uint32_t buckets)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		const char *name = bpf_map__name(map);

		bpf_map__set_pin_path(map, NULL);
		if (!strncmp(name, "vfg_flow", 8) || !strncmp(name, "vfg_ta", 6))
			bpf_map__set_max_entries(map, buckets);
	}
}

/* The TC programs use the maps of the XDP program, those of constants apart. */
static void share_maps(struct bench *bench)
{
	struct bpf_map *map, *other;
	int err;

	bpf_object__for_each_map(map, bench->tc->obj)
	{
		other = bpf_object__find_map_by_name(bench->xdp->obj, bpf_map__name(map));
		if (!other) /* .rodata carries the object's name */
			continue;
		err = bpf_map__reuse_fd(map, bpf_map__fd(other));
		must(!err, bpf_map__name(map));
	}
}

static void fill_control(struct bench *bench)
{
	struct vfg_control control = {
		.seed = {0x0123456789abcdef, 0xfedcba9876543210},
		.flow_mask = {bench->buckets - 1, bench->buckets - 1},
		.tick_hz = BENCH_TICK_HZ,
		.timeout_ticks =
			{
				[VFG_FLOW_NEW] = BENCH_TIMEOUT_NEW,
				[VFG_FLOW_REPLIED] = BENCH_TIMEOUT_REPLIED,
				[VFG_FLOW_CLOSING] = BENCH_TIMEOUT_CLOSING,
				[VFG_FLOW_RESET] = BENCH_TIMEOUT_RESET,
				[VFG_FLOW_ESTABLISHED] = BENCH_TIMEOUT_ESTABLISHED,
				[VFG_FLOW_FIN] = BENCH_TIMEOUT_FIN,
			},
		.timeout_udp_ticks = BENCH_TIMEOUT_UDP,
		.timeout_icmp_ticks = BENCH_TIMEOUT_ICMP,
		.timeout_other_ticks = BENCH_TIMEOUT_OTHER,
		.timeout_fragment_ticks = BENCH_TIMEOUT_FRAGMENT,
	};

	bench_set_control(bench, &control);
}

static void load(struct bench *bench, uint32_t answer_ifindex)
{
	struct bpf_program *program[BENCH_PROGRAMS] = {
		[BENCH_XDP] = bench->xdp->progs.vfg_xdp,
		[BENCH_INGRESS] = bench->tc->progs.vfg_tc_ingress,
		[BENCH_EGRESS] = bench->tc->progs.vfg_tc_egress,
		[BENCH_BELOW] = bench->tc->progs.vfg_tc_below,
	};
	struct warm warm;

	warm_find(&warm, bench->buckets, answer_ifindex);
	warm_prepare(&warm, bench->xdp->obj, true);
	warm_prepare(&warm, bench->tc->obj, false);
	must(!vfg_xdp__load(bench->xdp), "load vfg_xdp");
	share_maps(bench);
	must(!vfg_tc__load(bench->tc), "load vfg_tc");
	warm_empty(&warm, bench->xdp->obj);
	for (int i = 0; i < BENCH_PROGRAMS; i++) {
		bench->program[i] = warm_program(&warm, program[i]);
		must(bench->program[i] >= 0, "program");
	}
}

void bench_open(struct bench *bench, uint32_t buckets, uint32_t answer_ifindex)
{
	*bench = (struct bench){.xdp = vfg_xdp__open(), .tc = vfg_tc__open(), .buckets = buckets};
	must(bench->xdp && bench->tc, "open");
	bench->xdp->rodata->vfg_answer_ifindex = answer_ifindex;
	bench->tc->rodata->vfg_answer_ifindex = answer_ifindex;
	shape_maps(bench->xdp->obj, buckets);
	shape_maps(bench->tc->obj, buckets);
	load(bench, answer_ifindex);
	bench->flow4 = map_memory(map_of(bench, "vfg_flow4"), buckets * sizeof(*bench->flow4),
				  "vfg_flow4");
	bench->flow6 = map_memory(map_of(bench, "vfg_flow6"), buckets * sizeof(*bench->flow6),
				  "vfg_flow6");
	bench->tally4 = map_memory(map_of(bench, "vfg_tally4"), buckets * sizeof(*bench->tally4),
				   "vfg_tally4");
	bench->tally6 = map_memory(map_of(bench, "vfg_tally6"), buckets * sizeof(*bench->tally6),
				   "vfg_tally6");
	bench->events = map_memory(map_of(bench, "vfg_event"), sizeof(*bench->events), "vfg_event");
	fill_control(bench);
}

void bench_close(struct bench *bench)
{
	munmap(bench->flow4, bench->buckets * sizeof(*bench->flow4));
	munmap(bench->flow6, bench->buckets * sizeof(*bench->flow6));
	munmap(bench->tally4, bench->buckets * sizeof(*bench->tally4));
	munmap(bench->tally6, bench->buckets * sizeof(*bench->tally6));
	munmap(bench->events, sizeof(*bench->events));
	if (bench->policy)
		munmap(bench->policy, bench->policy->bytes);
	for (int i = 0; i < BENCH_PROGRAMS; i++)
		close(bench->program[i]);
	vfg_tc__destroy(bench->tc);
	vfg_xdp__destroy(bench->xdp);
}

void bench_policy(struct bench *bench, const struct vfg_tables *tables)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	uint32_t slabs =
		(uint32_t)((tables->bytes + VFG_POLICY_SLAB_BYTES - 1) >> VFG_POLICY_SLAB_BITS);
	uint32_t active = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_arena", sizeof(uint32_t),
				VFG_POLICY_SLAB_BYTES, slabs, &options);
	struct vfg_policy *policy;
	int err;

	must(fd >= 0 && tables->bytes % VFG_POLICY_PAGE_BYTES == 0, "vfg_arena");
	policy = map_memory(fd, tables->bytes, "vfg_arena");
	memcpy(policy, tables->policy, tables->bytes);
	policy->generation = bench->policy ? bench->policy->generation + 1 : BENCH_GENERATION;
	err = bpf_map_update_elem(map_of(bench, "vfg_policy"), &active, &fd, BPF_ANY);
	must(!err, "vfg_policy");
	close(fd);
	if (bench->policy)
		munmap(bench->policy, bench->policy->bytes);
	bench->policy = policy;
	bench_keep_since(bench, 1);
}

void bench_keep_since(struct bench *bench, uint32_t generation)
{
	struct vfg_control control;

	bench->policy->keep_since = generation;
	bench_get_control(bench, &control);
	control.keep_since = generation;
	control.decided_by = bench->policy->generation;
	bench_set_control(bench, &control);
}

void bench_get_control(struct bench *bench, struct vfg_control *ret_control)
{
	uint32_t first = 0;

	must(!bpf_map_lookup_elem(map_of(bench, "vfg_control"), &first, ret_control), "control");
}

void bench_set_control(struct bench *bench, const struct vfg_control *control)
{
	uint32_t first = 0;

	must(!bpf_map_update_elem(map_of(bench, "vfg_control"), &first, control, BPF_ANY),
	     "control");
}

int bench_program_fd(const struct bench *bench, enum bench_program program)
{
	return bench->program[program];
}

static bool passes(enum bench_program program, uint32_t action)
{
	uint32_t pass = program == BENCH_XDP ? XDP_PASS : (uint32_t)TC_ACT_UNSPEC;
	uint32_t drop = program == BENCH_XDP ? XDP_DROP : TC_ACT_SHOT;

	must(action == pass || action == drop, "an action that is neither pass nor drop");
	return action == pass;
}

static bool run(struct bench *bench, enum bench_program program, const struct packet *packet,
		struct bench_result *result)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		    .data_size_in = (uint32_t)packet->length, .data_out = result->bytes,
		    .data_size_out = sizeof(result->bytes), .repeat = 1);
	int err = bpf_prog_test_run_opts(bench_program_fd(bench, program), &options);

	must(!err, "BPF_PROG_TEST_RUN");
	result->length = options.data_size_out;
	return passes(program, options.retval);
}

uint32_t bench_time(struct bench *bench, enum bench_program program, const struct packet *packet,
		    int repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		    .data_size_in = (uint32_t)packet->length, .repeat = repeat);

	must(!bpf_prog_test_run_opts(bench_program_fd(bench, program), &options), "test run");
	return options.duration;
}

struct bench_result bench_run(struct bench *bench, enum bench_program program,
			      const struct packet *packet)
{
	enum vfg_hook hook = (enum vfg_hook)program;
	uint64_t before[VFG_REASON_MAX], moved = 0;
	struct bench_result result = {.reason = BENCH_NO_REASON};

	for (int i = 0; i < VFG_REASON_MAX; i++)
		before[i] = bench_reason(bench, hook, i).packets;
	result.pass = run(bench, program, packet, &result);
	for (int i = 0; i < VFG_REASON_MAX; i++) {
		uint64_t more = bench_reason(bench, hook, i).packets - before[i];

		moved += more;
		if (more)
			result.reason = i;
	}
	if (moved != 1)
		result.reason = BENCH_NO_REASON;
	return result;
}

struct vfg_answer bench_ask(struct bench *bench, enum bench_program program,
			    const struct packet *packet, bool *ret_pass)
{
	struct bench_result result;
	struct vfg_answer answer;

	*ret_pass = run(bench, program, packet, &result);
	memcpy(&answer, result.bytes, sizeof(answer));
	return answer;
}
