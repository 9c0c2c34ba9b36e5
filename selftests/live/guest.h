/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest and an outside host in network namespaces of their own, for one live test, and the
 * vfguard command run in the guest.
 *
 *    guest: master (a bridge) 192.0.2.10, 2001:db8::10       outside: 192.0.2.1, 2001:db8::1,
 *           port p0 (veth) below it  ------------------------ p0      2001:db8::2
 */
#ifndef VFG_SELFTESTS_LIVE_GUEST_H
#define VFG_SELFTESTS_LIVE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { VFG_GUEST_OUTPUT_BYTES = 64 << 10 };

struct vfg_guest {
	char master[16];
	char inside[64]; /* path of the network namespace */
	char outside[64];
	char folder[64];		     /* for files of the test */
	pid_t daemon;			     /* 0 where none runs */
	int status;			     /* of the last command */
	char output[VFG_GUEST_OUTPUT_BYTES]; /* of the last command, both streams */
};

/* Both are safe after each other's failure; tear down also removes what vfguard left. */
void vfg_guest_set_up(struct vfg_guest *guest);
void vfg_guest_tear_down(struct vfg_guest *guest);

/**
 * vfg_guest_run - run a shell command in the guest
 *
 * Return: its exit status; its output is in guest->output.
 */
int vfg_guest_run(struct vfg_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same on the outside host. */
int vfg_guest_run_outside(struct vfg_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* vfguard with these arguments, in the guest. */
int vfg_guest_vfguard(struct vfg_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The path of the vfguard that is built beside this test. */
const char *vfg_guest_command(void);

/* Another port below the master, peer on the outside host; the old one is closed there. */
void vfg_guest_add_port(struct vfg_guest *guest, const char *name);

void vfg_guest_start_daemon(struct vfg_guest *guest);
void vfg_guest_stop_daemon(struct vfg_guest *guest);

/* Is there anything pinned for the master? */
bool vfg_guest_has_pins(const struct vfg_guest *guest);

/**
 * vfg_guest_await - run a shell command in the guest until it succeeds, for three seconds
 */
bool vfg_guest_await(struct vfg_guest *guest, const char *command);

/**
 * vfg_guest_enter - go into a network namespace, by its path
 *
 * Return: the way back, for vfg_guest_leave().
 */
int vfg_guest_enter(const char *netns);
void vfg_guest_leave(int home);

/* Programs of somebody else's, which let everything through. */
void vfg_guest_foreign_xdp(const struct vfg_guest *guest, const char *device);
void vfg_guest_foreign_generic_xdp(const struct vfg_guest *guest, const char *device);
void vfg_guest_foreign_filter(const struct vfg_guest *guest, uint32_t priority, uint32_t handle);

/**
 * vfg_guest_foreign_tcx - the same ahead of all at the master's ingress
 * @verdict: TC_ACT_OK ends the chain, TC_ACT_UNSPEC goes on
 *
 * Return: the link, for the caller to close.
 */
int vfg_guest_foreign_tcx(const struct vfg_guest *guest, int verdict);

/* One security rule. */
struct vfg_guest_rule {
	const char *name;
	const char *direction; /* "Inbound", "Outbound" */
	const char *protocol;  /* "Tcp", "Udp", "Icmp", "*" */
	const char *source;
	const char *port; /* of the destination */
	const char *access;
};

/**
 * vfg_guest_policy - write an NSG with these rules, ending in denying all that comes in and
 * allowing all that goes out
 * @file: below guest->folder
 */
void vfg_guest_policy(const struct vfg_guest *guest, const char *file,
		      const struct vfg_guest_rule *rules, size_t count);

/* The rules that most tests start from. */
extern const struct vfg_guest_rule vfg_guest_rules[];
extern const size_t vfg_guest_rule_count;

#endif
