/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Word of changes of the network devices and TC programs of this network namespace (rtnetlink):
 * that there were some, and when a device was first heard of.
 */
#ifndef VFG_LOADER_MONITOR_H
#define VFG_LOADER_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VFG_MONITOR_SIGHTINGS = 256 };

/* A device below a master, and when that was first said. */
struct vfg_sighting {
	uint32_t ifindex; /* 0: free */
	uint32_t master;
	uint64_t at_ns;
};

struct vfg_monitor {
	struct mnl_socket *socket;
	size_t next; /* place of the sighting to be forgotten next */
	struct vfg_sighting sighting[VFG_MONITOR_SIGHTINGS];
};

/* What was heard. */
struct vfg_news {
	bool fresh;   /* a device came below a master */
	bool devices; /* any device changed */
	bool tc;      /* qdiscs or filters changed, on whatever device */
	bool lost;    /* the kernel dropped messages: anything may have happened */
};

/**
 * vfg_monitor_open - subscribe
 *
 * Subscribe first, then vfg_links_read(): so nothing falls between.
 *
 * Return: 0 or -errno.
 */
int vfg_monitor_open(struct vfg_monitor *ret_monitor);
int vfg_monitor_fd(const struct vfg_monitor *monitor);
void vfg_monitor_close(struct vfg_monitor *monitor);

/**
 * vfg_monitor_drain - take what is waiting
 * @since_ns: when it can have come at the earliest, CLOCK_MONOTONIC. The kernel does not stamp
 *            netlink messages (SO_TIMESTAMPNS is accepted, and nothing comes), so this is what
 *            sightings are given: never too late.
 *
 * Return: 0 or -errno.
 */
int vfg_monitor_drain(struct vfg_monitor *monitor, uint64_t since_ns, struct vfg_news *ret_news);

/* When this device was first heard to be below this master; 0 where it has not been heard. */
uint64_t vfg_monitor_first(const struct vfg_monitor *monitor, uint32_t ifindex, uint32_t master);

#endif
