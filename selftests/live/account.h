/* SPDX-License-Identifier: GPL-2.0-only */
/* The account of coverage of a live test's guest, as `vfguard status --json` shows it. */
#ifndef VFG_SELFTESTS_LIVE_ACCOUNT_H
#define VFG_SELFTESTS_LIVE_ACCOUNT_H

#include "guest.h"

struct vfg_account {
	uint64_t received; /* on all paths, those of gone devices too */
	uint64_t judged_xdp;
	uint64_t tc_only;
	uint64_t unjudged;
	bool has_alarm, is_open;
	uint64_t alarm_tc_only, alarm_unjudged;
	/* By the counters of reasons, which know nothing of devices. */
	uint64_t xdp, xdp_dropped;
	uint64_t tc, tc_denied;
};

/* Fails the test where status does. */
void vfg_account_read(struct vfg_guest *guest, struct vfg_account *ret_account);

/* The same, when two readings in a row agree: what was in flight has arrived. */
void vfg_account_at_rest(struct vfg_guest *guest, struct vfg_account *ret_account);

/* Takes our XDP off a device behind the daemon's back; its pin stays. */
void vfg_account_detach_xdp(const struct vfg_guest *guest, const char *device);

/* Leaves our link on the device, and has it run a program that judges nothing. */
void vfg_account_blind_xdp(const struct vfg_guest *guest, const char *device);

/* The same with our TC at the master's ingress. */
void vfg_account_detach_tc(struct vfg_guest *guest);

/* Datagrams from outside to the guest's port, each in a packet of its own; nobody need answer. Each
 * call has a source port of its own, and so a flow. */
void vfg_account_send_udp(const struct vfg_guest *guest, uint16_t port, int count);

/* Frames from outside with this destination and type, and nothing in them. */
void vfg_account_send_frames(const struct vfg_guest *guest, const uint8_t destination[6],
			     uint16_t type, int count);

/* A TCP connection from outside to port 8080, and this much data. */
void vfg_account_stream(const struct vfg_guest *guest, size_t bytes);

/* Lets the device merge what it receives; veth does not unless told to. */
void vfg_account_merge(const struct vfg_guest *guest, const char *device);

/* Both ends know each other's hardware address for good: no ARP between the packets. */
void vfg_account_introduce(struct vfg_guest *guest);

#endif
