/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bench and its BPF programs share: the headers that are fed to the measured program, one
 * after the other, so that no packet is met twice in a row, and the floor's hash tables.
 */
#ifndef VFG_SELFTESTS_BENCH_FEED_H
#define VFG_SELFTESTS_BENCH_FEED_H

#include <linux/types.h>

enum {
	FEED_BYTES = 80, /* Ethernet, IPv6 and TCP take 74 */
	FEED_HEADERS_MAX = 512 * 1024,
	FEED_LANES = 2,
	FEED_LANE_BYTES = 128, /* two cache lines, so that two CPUs share none */
	/* What a feeder returns where it could not go on to the measured program. */
	FEED_BROKEN = 77,
};

struct feed_header {
	__u8 byte[FEED_BYTES];
};

/*
 * What one CPU feeds. A test run says which lane is its own by skb->mark; XDP has but lane 0.
 *
 * Headers are written in their order, again and again: a lap. `fresh` changes 24 bits of the remote
 * address by the number of the lap, so that no flow is met a second time.
 */
struct feed_lane {
	__u32 next;  /* header to write */
	__u32 count; /* headers */
	__u32 fresh;
	__u32 lap;
	__u32 wide; /* IPv6 */

	/* A flood: packets of flows that nobody has seen before. */
	__u32 share;   /* of every `share` packets one is of headers[next], 0: none */
	__u32 packets; /* of each flow of the flood */
	__u32 number;  /* of the flow */
	__u32 sent;    /* packets since the last header, and since the flow's first */
	__u32 sent_of_flow;
	__u16 port; /* of the flood's remote ends, network order: another one for each lane */
	__u16 pad0;
	struct feed_header flood;
};

struct floor_key4 {
	__u32 remote;
	__u32 local;
	__u32 ports;
	__u32 protocol;
};

struct floor_key6 {
	__u32 remote[4];
	__u32 local[4];
	__u32 ports;
	__u32 protocol;
};

/* As large as what a flow table keeps about a flow. */
struct floor_value {
	__u64 word[8];
};

_Static_assert(sizeof(struct feed_lane) <= FEED_LANE_BYTES, "lanes share no cache line");

#endif
