/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The feeders of feed.bpf.c, loaded: many packets by one BPF_PROG_TEST_RUN, each another one. What
 * the kernel refuses aborts the bench.
 */
#ifndef VFG_SELFTESTS_BENCH_FEEDER_H
#define VFG_SELFTESTS_BENCH_FEEDER_H

#include <stdbool.h>
#include <stdint.h>

#include "../../maps/abi.h"
#include "../packet.h"
#include "feed.h"

struct feed;

enum feeder_way {
	FEEDER_XDP,
	FEEDER_TC,
	FEEDER_FLOOD, /* TC too, with a target of its own for both */
};

struct feeder {
	struct feed *feed;
	uint32_t action; /* what the last packet of the last run was answered */
};

/* @floor_entries: room in the floor's hash tables */
void feeder_open(struct feeder *feeder, uint32_t floor_entries);
void feeder_close(struct feeder *feeder);

/* Whom the packets go to: a program's descriptor. */
void feeder_aim(struct feeder *feeder, enum feeder_way way, int program_fd);
int feeder_floor_fd(const struct feeder *feeder, enum feeder_way way);
int feeder_nothing_fd(const struct feeder *feeder);

/* The packets, of one family; at most FEED_HEADERS_MAX. The lane begins anew with them. */
void feeder_load(struct feeder *feeder, enum vfg_family family, const struct feed_header *headers,
		 uint32_t count);

/* What a lane does, to be changed between runs; headers are shared by the lanes. */
struct feed_lane *feeder_lane(struct feeder *feeder, unsigned int lane);

/**
 * feeder_run - feed packets to the target
 *
 * Return: nanoseconds for each, the feeder's own time included.
 */
double feeder_run(struct feeder *feeder, enum feeder_way way, unsigned int lane, uint32_t packets);

/**
 * feeder_send - real frames out of a device of the present network namespace
 *
 * They are received on this CPU before the call returns, unless the kernel is short of time.
 */
void feeder_send(struct feeder *feeder, unsigned int ifindex, uint32_t packets);

/* An XDP program that drops everything. */
int feeder_drop_fd(const struct feeder *feeder);

/* The first packet of a TCP or UDP flow, as a header. @flags: of TCP. */
struct feed_header feeder_header(const struct vfg_tuple *tuple, uint8_t flags);
/* The same from the guest's side. */
struct feed_header feeder_answer(const struct vfg_tuple *tuple, uint8_t flags);

/* Enter the flow of a header into the floor's tables. */
void feeder_floor_add(struct feeder *feeder, enum vfg_family family,
		      const struct feed_header *header);

#endif
