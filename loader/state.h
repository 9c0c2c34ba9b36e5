/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader remembers of a loaded master, in a map pinned beside the others as `state`: it
 * lives and dies with the pins, and is replaced as a whole.
 */
#ifndef VFG_LOADER_STATE_H
#define VFG_LOADER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "device.h"
#include "netns.h"
#include "pin.h"
#include "sha256.h"
#include "tc.h"

enum vfg_mode {
	VFG_MODE_AUTO = 0, /* native, where that is impossible TC only */
	VFG_MODE_NATIVE = 1,
	VFG_MODE_GENERIC = 2,
	VFG_MODE_TC = 3,
};

enum {
	VFG_STATE_COMPLETE = 1,	  /* load came to its end */
	VFG_STATE_CLSACT = 2,	  /* the clsact qdisc is ours */
	VFG_STATE_GONE = 4,	  /* the daemon has said that the master is gone */
	VFG_STATE_TC_FAILED = 8,  /* the daemon has said that a TC program is missing */
	VFG_STATE_FIX_LRO = 16,	  /* LRO may be turned off where it keeps XDP out */
	VFG_STATE_STAND_IN = 256, /* loaded with what stands in for its policy */
	VFG_STATE_PATHS_MAX = 64,
	VFG_STATE_SOURCE_MAX = 112,
};

enum {
	VFG_PATH_CLSACT = 1, /* its clsact qdisc is ours */
	VFG_PATH_LRO = 2,    /* we have turned its LRO off, and turn it on again */
};

/*
 * A device that has been below the master, or is. It is known by driver and permanent address: a VF
 * that comes back is the same path under another ifindex, one of another model at its address is a
 * new path.
 */
struct vfg_state_path {
	uint32_t ifindex;    /* 0: it is not there now, or the place is free */
	uint32_t mode;	     /* VFG_MODE_NATIVE, _GENERIC or _TC; _AUTO: not tried */
	int32_t error;	     /* with _TC: why, -errno; 0 where it was asked for */
	int32_t below_error; /* of its TC egress, -errno */
	uint32_t flags;	     /* VFG_PATH_* */
	uint32_t cover_us;   /* from the kernel's first word of it to its XDP; 0: not measured */
	uint32_t arrivals;   /* how often it has come; 0: the place is free */
	uint32_t address_bytes;
	uint64_t arrived_ns; /* CLOCK_BOOTTIME: loaded, or come below the master */
	uint8_t address[VFG_LINK_ADDRESS_MAX];
	char driver[VFG_DRIVER_MAX];
};

/* Where the policy in force came from. */
struct vfg_state_policy {
	uint64_t applied_s;  /* CLOCK_REALTIME; 0: not known */
	uint32_t generation; /* that this is about: another one is in force where a kill came
				between */
	uint32_t image_bytes;
	uint8_t hash[VFG_SHA256_BYTES]; /* of the image */
	char source[VFG_STATE_SOURCE_MAX];
};

/*
 * Written by load, by the daemon and by nobody else, under the master's lock. Up to `flags` it is
 * the same in every version, so that one version can take over from another (former.h).
 */
struct vfg_state {
	struct vfg_netns netns;
	uint32_t ifindex; /* the master's */
	uint32_t mode;	  /* enum vfg_mode, as asked for */
	uint32_t flags;
	uint32_t tc;	/* enum vfg_tc_way, as asked for */
	uint32_t alarm; /* digest of the alarms that the daemon has told of, 0 none */
	uint32_t pad0;
	char master[IFNAMSIZ];
	char driver[VFG_DRIVER_MAX]; /* the master's */
	struct vfg_state_policy policy;
	struct vfg_state_path path[VFG_STATE_PATHS_MAX];
};

/**
 * vfg_state_create - make and pin the state
 *
 * Return: 0 or -errno.
 */
int vfg_state_create(const struct vfg_pins *pins, const struct vfg_state *state);

/**
 * vfg_state_read - read the state of a master
 *
 * Return: 0, -ENOENT where there is none (not loaded, or a load that was killed), -EPROTO where
 * another build has written it, or -errno.
 */
int vfg_state_read(const struct vfg_pins *pins, struct vfg_state *ret_state);

/**
 * vfg_state_read_head - read what every version has, the rest too where it has the same layout
 * @ret_state: the rest is zero where another version has written it
 *
 * Return: 0, -ENOENT or -errno.
 */
int vfg_state_read_head(const struct vfg_pins *pins, struct vfg_state *ret_state);
int vfg_state_write(const struct vfg_pins *pins, const struct vfg_state *state);

/* The path of a device that is there, or NULL. */
struct vfg_state_path *vfg_state_path(struct vfg_state *state, uint32_t ifindex);

/**
 * vfg_state_arrive - the path of a device, which may have been there before under another ifindex
 * @driver: the device's
 *
 * Where all places are taken, one that is not there now loses its own.
 *
 * Return: the path, or NULL where all places are taken by devices that are there.
 */
struct vfg_state_path *vfg_state_arrive(struct vfg_state *state, const struct vfg_link *link,
					const char *driver);

#endif
