/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The balance of a master: what its paths have let through to the stack, against what TC has
 * judged. Arithmetic only; what to do about a difference is for others.
 */
#ifndef VFG_LOADER_BALANCE_H
#define VFG_LOADER_BALANCE_H

#include <stdint.h>

/* Sums at one moment, read in this order, so that a packet in flight looks judged, not missed. */
struct vfg_balance_sums {
	int64_t let_through; /* received on all paths, less what XDP dropped */
	uint64_t tc_only;    /* received on all paths, and not judged by XDP there */
	uint64_t aside;	     /* let through, but provably never brought to the stack */
	uint64_t tc_judged;  /* by TC ingress on the master */
	int64_t passed_up;   /* to the master at most, where it counts that; else let_through */
};

/*
 * `settled` is a moment up to which everything is accounted for. It follows when the master is at
 * rest: two samples in which nothing has moved. So what TC judged without any path having received
 * it (multicast that loops back, a buffer of many segments that the device counted once) is
 * forgotten at the next rest; until then it hides as many that nobody judged.
 */
struct vfg_balance {
	struct vfg_balance_sums settled;
	struct vfg_balance_sums last;
	uint64_t pending; /* was missing in the last sample */
};

/**
 * vfg_balance_missing - packets that neither XDP nor TC has judged, as far as a sample tells
 *
 * At most as many as XDP has not seen: what XDP passed and TC never got (LACP to a bond, a frame
 * that a bridge forwards) was judged. At most as many as the master was given: a bridge drops what
 * comes before its port forwards, and says so nowhere. Packets in flight may be among them.
 */
uint64_t vfg_balance_missing(const struct vfg_balance *balance,
			     const struct vfg_balance_sums *sums);

/**
 * vfg_balance_step - take a sample
 *
 * Return: how many packets were missing in this sample and in the last one: now certain, and not
 * returned again.
 */
uint64_t vfg_balance_step(struct vfg_balance *balance, const struct vfg_balance_sums *sums);

#endif
