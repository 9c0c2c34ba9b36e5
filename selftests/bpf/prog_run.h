/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs on a bench: loaded with maps of their own, no pins, no device; packets go in by
 * BPF_PROG_TEST_RUN, and maps can be looked at and changed. What the kernel refuses aborts the
 * test.
 */
#ifndef VFG_SELFTESTS_BPF_PROG_RUN_H
#define VFG_SELFTESTS_BPF_PROG_RUN_H

#include "../../maps/event.h"
#include "../../maps/answer.h"
#include "../../maps/control.h"
#include "../../maps/counter.h"
#include "../../maps/decision.h"
#include "../../maps/flow.h"
#include "../packet.h"

#include "bpf/vfg_tc.skel.h"
#include "bpf/vfg_xdp.skel.h"

enum bench_program {
	BENCH_XDP,
	BENCH_INGRESS,
	BENCH_EGRESS,
	BENCH_BELOW, /* the egress of a device below the master */
	BENCH_PROGRAMS,
};

enum {
	BENCH_TICK_HZ = 1000, /* as told to the programs; only ages made by bench_age() matter */
	BENCH_NO_IFINDEX = 0xffffffff,
	BENCH_IFINDEX = 1, /* where test runs come in */
	BENCH_GENERATION = 7,
	BENCH_NO_REASON = -1,
};

/* Time-outs in ticks: far apart, and minutes above what a test takes. */
enum bench_timeout {
	BENCH_TIMEOUT_NEW = 1000000,
	BENCH_TIMEOUT_REPLIED = 2000000,
	BENCH_TIMEOUT_CLOSING = 3000000,
	BENCH_TIMEOUT_RESET = 4000000,
	BENCH_TIMEOUT_ESTABLISHED = 9000000,
	BENCH_TIMEOUT_FIN = 5000000,
	BENCH_TIMEOUT_UDP = 6000000,
	BENCH_TIMEOUT_ICMP = 7000000,
	BENCH_TIMEOUT_OTHER = 8000000,
	BENCH_TIMEOUT_FRAGMENT = 2000000,
};

struct bench {
	struct vfg_xdp *xdp;
	struct vfg_tc *tc;
	int program[BENCH_PROGRAMS];
	uint32_t buckets;
	struct vfg_flow4_bucket *flow4; /* the maps themselves, mapped */
	struct vfg_flow6_bucket *flow6;
	struct vfg_tally_bucket *tally4;
	struct vfg_tally_bucket *tally6;
	struct vfg_event_ring *events;
	struct vfg_policy *policy; /* the arena in force, mapped */
};

struct bench_result {
	bool pass;
	int reason; /* the one reason counter that moved, BENCH_NO_REASON where none or several */
	uint8_t bytes[PACKET_BYTES_MAX];
	uint32_t length;
};

/**
 * bench_open - load the programs
 * @buckets: of each flow table, a power of two
 * @answer_ifindex: the knob; BENCH_NO_IFINDEX makes every packet a real one
 *
 * control is filled in; there is no policy yet.
 */
void bench_open(struct bench *bench, uint32_t buckets, uint32_t answer_ifindex);
void bench_close(struct bench *bench);

/* Put a compiled policy in force, as generation BENCH_GENERATION, or as the one after that in
 * force; older flows are kept. */
void bench_policy(struct bench *bench, const struct vfg_tables *tables);

/* Flows of an older generation are judged again. */
void bench_keep_since(struct bench *bench, uint32_t generation);

void bench_get_control(struct bench *bench, struct vfg_control *ret_control);
void bench_set_control(struct bench *bench, const struct vfg_control *control);

/* One packet, one verdict, one reason. */
struct bench_result bench_run(struct bench *bench, enum bench_program program,
			      const struct packet *packet);

/* A question (bench_open() with VFG_ANSWER_IFINDEX). */
struct vfg_answer bench_ask(struct bench *bench, enum bench_program program,
			    const struct packet *packet, bool *ret_pass);

/* The program's time for a packet, in nanoseconds, mean of some runs. */
uint32_t bench_time(struct bench *bench, enum bench_program program, const struct packet *packet,
		    int repeat);

int bench_program_fd(const struct bench *bench, enum bench_program program);

/* Counters, summed over the CPUs. */
struct vfg_count bench_reason(struct bench *bench, enum vfg_hook hook, enum vfg_reason reason);
struct vfg_rule_count bench_rule(struct bench *bench, uint32_t id);
struct vfg_path_count bench_path(struct bench *bench, uint32_t place);

/* Every flow and fragment was seen so many ticks earlier than it was. */
void bench_age(struct bench *bench, uint32_t ticks);

/* No flow, no tally. */
void bench_clear_flows(struct bench *bench);

/* The live flows: how many, and the first one's state. */
size_t bench_flows(const struct bench *bench);
enum vfg_flow_state bench_state(const struct bench *bench);

/* A digest of all that the programs write: flows, tallies, fragments, events, counters
 * and decisions. */
uint64_t bench_digest(struct bench *bench);

#endif
