/* SPDX-License-Identifier: GPL-2.0-only */
/* The network devices of this network namespace, read by rtnetlink. */
#ifndef VFG_LOADER_NETLINK_H
#define VFG_LOADER_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

enum { VFG_LINK_ADDRESS_MAX = 32 };

/* Of IFLA_STATS64: what a device says that it received. received.h knows what that means. */
struct vfg_link_counts {
	uint64_t rx_packets;
	uint64_t rx_dropped;
	uint64_t rx_nohandler;
};

struct vfg_link {
	unsigned int ifindex;
	unsigned int master; /* ifindex of the device above, 0 where none */
	unsigned int flags;  /* IFF_* */
	unsigned int mtu;
	uint32_t xdp_program;	  /* id of the XDP program on it, whosever, 0 where none is shown */
	uint32_t carrier_changes; /* how often it has lost or found its carrier */
	int link_netnsid; /* of the peer or lower device in another namespace, -1 where none */
	char name[IFNAMSIZ];
	char kind[16]; /* IFLA_INFO_KIND: "bridge", "bond", "veth"; "" where none */
	uint8_t address_bytes;
	uint8_t address[VFG_LINK_ADDRESS_MAX]; /* permanent, else the current one */
	struct vfg_link_counts counts;
	bool gone; /* its last message: RTM_DELLINK */
};

struct vfg_links {
	size_t count;
	size_t room;
	struct vfg_link *link;
};

/**
 * vfg_links_read - all devices of this network namespace, by a consistent dump
 * @ret_links: released by vfg_links_free()
 *
 * Return: 0 or -errno.
 */
int vfg_links_read(struct vfg_links *ret_links);
void vfg_links_free(struct vfg_links *links);
#define autolinks __attribute__((cleanup(vfg_links_free)))

const struct vfg_link *vfg_links_by_name(const struct vfg_links *links, const char *name);
const struct vfg_link *vfg_links_by_index(const struct vfg_links *links, unsigned int ifindex);

struct nlmsghdr;

/**
 * vfg_links_take - append the device that a message is about
 *
 * Of messages that are none of a device (or a bridge's repetition, AF_BRIDGE) nothing is taken.
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_links_take(struct vfg_links *links, const struct nlmsghdr *message);

#endif
