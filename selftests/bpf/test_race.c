/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two CPUs that enter flows at the same time: an entry is of one flow or of none, never of two. The
 * flows are made so that a mixture shows: port and address of the other end go together.
 */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "shrink.h"

enum {
	CPUS = 2,
	FLOWS = 64,
	BUCKETS = 2, /* so that flows fight for slots */
	RUNS = 40000,
	FIRST_PORT = 3000,
};

struct runner {
	pthread_t thread;
	int cpu;
	int program_fd;
	uint32_t runs;
	int failures;
};

static struct scene scene;
static struct packet packets[FLOWS];
static atomic_int running;

static void open_scene(void)
{
	scene_open(&scene, BUCKETS, BENCH_NO_IFINDEX);
}

static void close_scene(void)
{
	scene_close(&scene);
}

TestSuite(race, .init = open_scene, .fini = close_scene, .timeout = 120);

static void make_packets(void)
{
	for (uint16_t i = 0; i < FLOWS; i++) {
		char outside[32];

		snprintf(outside, sizeof(outside), "198.51.100.%u", i);
		packet_begin(&packets[i]);
		packet_ip(&packets[i], outside, GUEST);
		packet_tcp(&packets[i], FIRST_PORT + i, 22, PACKET_SYN);
		packet_finish(&packets[i]);
	}
}

/* The CPUs meet all flows, in orders of their own: the same key at the same moment, too. */
static void *run(void *argument)
{
	struct runner *runner = argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(runner->cpu, &cpus);
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus))
		runner->failures++;
	for (uint32_t i = 0; i < runner->runs; i++) {
		const struct packet *packet = &packets[i * (runner->cpu ? 5 : 7) % FLOWS];
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
			    .data_size_in = (uint32_t)packet->length, .repeat = 3);

		runner->failures += bpf_prog_test_run_opts(runner->program_fd, &options) != 0;
	}
	running--;
	return NULL;
}

/* A live entry, read as the programs do; false where it changed meanwhile. */
static bool read_entry(const struct vfg_flow4 *entry, struct vfg_flow4 *ret_entry)
{
	const uint64_t sequence = (uint64_t)0xffff << VFG_FLOW_SEQUENCE_SHIFT;
	uint64_t before = __atomic_load_n(&entry->meta, __ATOMIC_ACQUIRE);

	*ret_entry = *(const volatile struct vfg_flow4 *)entry;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	ret_entry->meta = __atomic_load_n(&entry->meta, __ATOMIC_RELAXED);
	return (before & VFG_FLOW_STATE_MASK) > VFG_FLOW_BUSY &&
	       (ret_entry->meta & VFG_FLOW_STATE_MASK) > VFG_FLOW_BUSY &&
	       (before & sequence) == (ret_entry->meta & sequence);
}

static bool is_mixed(const struct vfg_flow4 *entry)
{
	uint32_t last = __builtin_bswap32(entry->remote) & 0xff;

	return __builtin_bswap16(entry->remote_port) != FIRST_PORT + last;
}

static size_t sample(size_t *ret_mixed)
{
	struct vfg_flow4 entry;
	size_t seen = 0;

	for (size_t i = 0; i < BUCKETS * VFG_FLOW_WAYS; i++) {
		if (!read_entry(&scene.bench.flow4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS],
				&entry))
			continue;
		seen++;
		*ret_mixed += is_mixed(&entry);
	}
	return seen;
}

static size_t count_doubles(void)
{
	size_t doubles = 0, of[256] = {0};
	struct vfg_flow4 entry;

	for (size_t i = 0; i < BUCKETS * VFG_FLOW_WAYS; i++) {
		if (read_entry(&scene.bench.flow4[i / VFG_FLOW_WAYS].way[i % VFG_FLOW_WAYS],
			       &entry))
			doubles += of[__builtin_bswap32(entry.remote) & 0xff]++ > 0;
	}
	return doubles;
}

Test(race, an_entry_never_mixes_two_flows)
{
	struct runner runner[CPUS];
	size_t seen = 0, mixed = 0;

	make_packets();
	running = CPUS;
	for (int i = 0; i < CPUS; i++) {
		runner[i] = (struct runner){
			.cpu = i,
			.runs = (uint32_t)shrink("runs", RUNS),
			.program_fd = bench_program_fd(&scene.bench, BENCH_INGRESS),
		};
		cr_assert(zero(int, pthread_create(&runner[i].thread, NULL, run, &runner[i])));
	}
	while (running)
		seen += sample(&mixed);
	for (int i = 0; i < CPUS; i++) {
		pthread_join(runner[i].thread, NULL);
		cr_assert(zero(int, runner[i].failures), "CPU %d", i);
	}
	cr_log_info("%zu entries read, %zu twice in the end", seen, count_doubles());
	cr_assert(gt(sz, seen, 1000));
	cr_assert(zero(sz, mixed));
	cr_assert(eq(sz, sample(&mixed), BUCKETS * VFG_FLOW_WAYS), "the table is full");
	cr_assert(zero(sz, count_doubles()));
}
