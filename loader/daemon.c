/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon command: covers devices that appear below loaded masters. Events only wake it; every
 * pass compares wanted with actual. It ends without taking anything off.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "hearing.h"
#include "lock.h"
#include "netlink.h"
#include "netns.h"
#include "reconcile.h"
#include "say.h"

enum {
	PASS_MS = 500, /* bpf_link and tc changes send no event that we hear */
	BUSY_MS = 50,  /* a command was at work on a master */
};

struct daemon {
	int lock;
	int signals;
	struct mnl_socket *monitor;
	struct vfg_hearing *hearing;
};

static void end_daemon(struct daemon *daemon)
{
	if (daemon->monitor)
		vfg_monitor_close(daemon->monitor);
	if (daemon->hearing)
		vfg_hearing_close(daemon->hearing);
	vfg_close_fd(&daemon->signals);
	vfg_close_fd(&daemon->lock);
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct daemon *daemon)
{
	struct vfg_netns netns;
	int err = vfg_netns_self(&netns);

	if (!err)
		err = vfg_lock_daemon(&netns, &daemon->lock);
	if (err == -EBUSY)
		return vfg_say(VFG_EXIT_REFUSED, "daemon",
			       "another one runs in this network namespace; stop that first");
	if (!err) {
		daemon->signals = open_signals();
		err = daemon->signals < 0 ? -errno : vfg_monitor_open(&daemon->monitor);
	}
	if (!err)
		err = vfg_hearing_open(&daemon->hearing);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "daemon", "cannot start: %s", strerror(-err));
	return 0;
}

static int loop(struct daemon *daemon)
{
	struct pollfd wait[] = {
		{.fd = vfg_monitor_fd(daemon->monitor), .events = POLLIN},
		{.fd = daemon->signals, .events = POLLIN},
	};
	bool changed = true, busy = false;

	while (!(wait[1].revents & POLLIN)) {
		int err = vfg_reconcile(daemon->hearing, changed, &busy);

		if (err)
			return err;
		if (poll(wait, 2, busy ? BUSY_MS : PASS_MS) < 0 && errno != EINTR)
			return vfg_say(VFG_EXIT_SYSTEM, "daemon", "poll: %s", strerror(errno));
		/* What a busy master has missed is still to be tried. */
		changed = busy && changed;
		if (wait[0].revents) {
			bool heard = false;

			err = vfg_monitor_drain(daemon->monitor, &heard);
			if (err)
				return vfg_say(VFG_EXIT_SYSTEM, "daemon", "rtnetlink: %s",
					       strerror(-err));
			changed |= heard;
		}
	}
	vfg_note("daemon", "ends; the policy stays in force");
	return 0;
}

int vfg_command_daemon(int argc, char **argv)
{
	struct daemon daemon __attribute__((cleanup(end_daemon))) = {.lock = -1, .signals = -1};
	int err;

	if (argc > 1)
		return vfg_say(VFG_EXIT_USAGE, argv[1], "not there yet; daemon takes no arguments");
	err = vfg_capability_check("daemon");
	if (!err)
		err = start(&daemon);
	return err ? err : loop(&daemon);
}
