/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coverage: for every path of a master, packets received by the device against packets judged
 * there. docs/coverage.md says what the numbers mean. They live in a map pinned beside the others
 * as `coverage`: started by load, carried on by whoever holds the master's lock and looks after
 * its devices (the daemon, apply), read by everybody.
 */
#ifndef VFG_LOADER_COVERAGE_H
#define VFG_LOADER_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "balance.h"
#include "netlink.h"
#include "pin.h"

enum {
	VFG_COVERAGE_PATHS_MAX = 64,
	VFG_COVERAGE_ADDRESS_MAX = 32,
	VFG_COVERAGE_MARKS = 2,

	VFG_COVERAGE_COVERED = 1, /* had XDP when it was last looked at */
	VFG_COVERAGE_GAP = 2,	  /* had, and was found without, or XDP does not see its packets */
	VFG_COVERAGE_LEFT = 4,	  /* is there, but below the master no more */
	VFG_COVERAGE_FRESH = 8,	  /* heard of, not yet in a dump */
};

/* Of packets on the wire. */
struct vfg_coverage_sum {
	uint64_t received;  /* by the device, since the baseline */
	uint64_t by_vf;	    /* of them, by a VF below; in counters only, not in sums */
	uint64_t own;	    /* beside it: what falls when the synthetic sets its channels up anew */
	uint64_t judged;    /* by XDP there */
	uint64_t tc_only;   /* received, and not judged by XDP */
	uint64_t denied;    /* by XDP */
	uint64_t dropped;   /* by the kernel, between the device and TC */
	uint64_t nohandler; /* buffers that came by an inactive slave */
	uint64_t aside;	    /* packets that these, or a driver that lost its rings, stand for */
};

/* What is watched of a path that has XDP, from look to look. */
struct vfg_coverage_gap {
	uint64_t from;	  /* sum.tc_only at the last look without a gap */
	uint64_t alarmed; /* packets of this gap that the alarm has counted */
	uint64_t tc_only; /* sum.tc_only and sum.judged at the last look */
	uint64_t judged;
	uint32_t blind; /* looks in a row at which packets had come and none was judged */
	uint32_t pad0;
};

/*
 * A device by whatever ifindex it has had: one that comes back under its permanent address, or its
 * name, goes on where it ended. So the sums never fall.
 */
struct vfg_coverage_path {
	uint32_t ifindex; /* 0: it is gone */
	uint32_t flags;	  /* VFG_COVERAGE_* */
	uint32_t carrier_changes;
	uint32_t pad0;
	char name[IFNAMSIZ];
	char driver[IFNAMSIZ];
	uint8_t address[VFG_COVERAGE_ADDRESS_MAX];
	struct vfg_coverage_sum base;	 /* the device's counters when this life began */
	struct vfg_coverage_sum last;	 /* and when they were last read */
	struct vfg_coverage_sum carried; /* from earlier lives */
	struct vfg_coverage_sum sum;	 /* carried and this life */
	struct vfg_coverage_gap gap;
	uint64_t marked[VFG_COVERAGE_MARKS]; /* sum.received at the marks (share.h) */
};

/* The latest gap of a master: kept until a minute after it was closed. */
struct vfg_coverage_alarm {
	uint64_t opened_ns; /* CLOCK_BOOTTIME; 0: there was none */
	uint64_t closed_ns; /* 0: it is open */
	uint64_t tc_only;   /* packets that only TC judged */
	uint64_t unjudged;
	char path[IFNAMSIZ];
};

struct vfg_coverage {
	uint64_t sequence;
	uint64_t audited_ns;			/* CLOCK_BOOTTIME */
	uint64_t weighed_ns;			/* the last step of the balance */
	uint64_t marked_ns[VFG_COVERAGE_MARKS]; /* the older one first; 0: not yet */
	uint64_t unjudged;
	uint64_t passed_up; /* buffers that a bridge has taken for itself */
	uint64_t is_bridge; /* other masters count nothing of the kind */
	struct vfg_balance balance;
	struct vfg_coverage_alarm alarm;
	struct vfg_coverage_sum others; /* of devices that had to make room */
	struct vfg_coverage_path path[VFG_COVERAGE_PATHS_MAX];
	uint64_t sequence_end;
};

/**
 * vfg_coverage_create - make and pin an empty account
 *
 * Return: 0 or -errno.
 */
int vfg_coverage_create(const struct vfg_pins *pins);

/**
 * vfg_coverage_read - the account as it was last written; never half of one
 *
 * Return: 0 or -errno; -ENOENT where a version without coverage has loaded.
 */
int vfg_coverage_read(const struct vfg_pins *pins, struct vfg_coverage *ret_coverage);

/**
 * vfg_coverage_write - replace the account, under the master's lock
 *
 * Return: 0 or -errno.
 */
int vfg_coverage_write(const struct vfg_pins *pins, struct vfg_coverage *coverage);

void vfg_coverage_add(struct vfg_coverage_sum *to, const struct vfg_coverage_sum *more);

/* All paths, there or gone. */
struct vfg_coverage_sum vfg_coverage_total(const struct vfg_coverage *coverage);

/* Is the latest gap still to be shown? */
bool vfg_coverage_alarmed(const struct vfg_coverage *coverage, uint64_t now_ns);

uint64_t vfg_coverage_now_ns(void);

#endif
