/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon command: loads the masters that the settings name, and covers devices that appear
 * below loaded ones. Events only wake it; every pass compares wanted with actual. It ends without
 * taking anything off.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"
#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "exporter.h"
#include "hearing.h"
#include "lock.h"
#include "log_service.h"
#include "monitor.h"
#include "netns.h"
#include "notify.h"
#include "reconcile.h"
#include "say.h"
#include "service.h"

enum {
	BUSY_MS = 50,	/* a command was at work on a master */
	SETTLE_MS = 20, /* between two passes, unless a device has come */
	NS_PER_MS = 1000000,
};

struct daemon {
	int lock;
	int signals;
	struct vfg_monitor monitor;
	bool ends;	      /* told to */
	struct vfg_news news; /* since the last pass */
	bool heard;	      /* of devices, since the last audit */
	uint64_t listened_ns; /* when the last messages were taken */
	struct vfg_hearing *hearing;
	struct vfg_boot boot;
	struct vfg_service service;
	struct vfg_exporter exporter;
	struct vfg_log_service log;
	uint64_t sleep_ns; /* at most, after the last pass */
};

static void end_daemon(struct daemon *daemon)
{
	vfg_log_service_end(&daemon->log);
	vfg_boot_close(&daemon->boot);
	vfg_monitor_close(&daemon->monitor);
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
	sigaddset(&signals, SIGHUP);
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

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 * NS_PER_MS + (uint64_t)time.tv_nsec;
}

static int drain(struct daemon *daemon, uint64_t since_ns)
{
	struct vfg_news news;
	int err;

	daemon->listened_ns = now_ns();
	err = vfg_monitor_drain(&daemon->monitor, since_ns, &news);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "daemon", "rtnetlink: %s", strerror(-err));
	if (news.lost)
		vfg_note("daemon", "the kernel dropped messages; looking at everything again");
	daemon->news.fresh |= news.fresh;
	daemon->news.devices |= news.devices;
	daemon->news.tc |= news.tc;
	daemon->news.lost |= news.lost;
	daemon->heard |= news.devices || news.lost;
	return 0;
}

static void take_signals(struct daemon *daemon)
{
	struct signalfd_siginfo signal;

	while (read(daemon->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGHUP) {
			daemon->ends = true;
			continue;
		}
		vfg_service_reload(&daemon->service, &daemon->boot);
		vfg_log_service_renew(&daemon->log);
		daemon->news.devices = true; /* they may mean something else now */
	}
}

/*
 * Wait for word, @wait_ns at most. What is there before we wait may have come since we last
 * listened; what ends the wait has come just now.
 *
 * Return: 0, or an exit status, reported.
 */
static int listen_for(struct daemon *daemon, uint64_t wait_ns)
{
	struct pollfd wait[] = {
		{.fd = vfg_monitor_fd(&daemon->monitor), .events = POLLIN},
		{.fd = daemon->signals, .events = POLLIN},
	};
	struct timespec patience = {.tv_sec = (time_t)(wait_ns / NS_PER_MS / 1000),
				    .tv_nsec = (long)(wait_ns % (1000ULL * NS_PER_MS))};
	uint64_t since = daemon->listened_ns;
	int ready = poll(wait, 2, 0);

	if (ready == 0) {
		ready = ppoll(wait, 2, &patience, NULL);
		since = now_ns();
	}
	if (ready < 0 && errno != EINTR)
		return vfg_say(VFG_EXIT_SYSTEM, "daemon", "poll: %s", strerror(errno));
	if (ready <= 0)
		return 0;
	take_signals(daemon);
	return wait[0].revents ? drain(daemon, since) : 0;
}

/* When the next pass is due, with what has been heard so far. */
static uint64_t due_ns(const struct daemon *daemon, bool busy, uint64_t pass_ns, uint64_t audit_ns)
{
	const struct vfg_news *news = &daemon->news;
	uint64_t due = audit_ns + daemon->boot.config.audit_ms * (uint64_t)NS_PER_MS;

	if (due > pass_ns + daemon->sleep_ns)
		due = pass_ns + daemon->sleep_ns;
	if (news->fresh || news->lost)
		return 0;
	if (busy && due > pass_ns + BUSY_MS * (uint64_t)NS_PER_MS)
		due = pass_ns + BUSY_MS * (uint64_t)NS_PER_MS;
	if ((news->devices || news->tc) && due > pass_ns + SETTLE_MS * (uint64_t)NS_PER_MS)
		due = pass_ns + SETTLE_MS * (uint64_t)NS_PER_MS;
	return due;
}

/* Loads, covers, tells. Return: 0, or an exit status, reported. */
static int work(struct daemon *daemon, struct vfg_pass *pass)
{
	bool pending = vfg_boot_pass(&daemon->boot);
	int err = vfg_reconcile(pass);

	if (err)
		return err;
	vfg_log_service_keep(&daemon->log, &daemon->boot.config);
	vfg_service_tell(&daemon->service, &daemon->boot, pending);
	vfg_exporter_step(&daemon->exporter, &daemon->boot.config, now_ns());
	daemon->sleep_ns =
		(uint64_t)vfg_service_sleep_ms(&daemon->service, &daemon->boot) * NS_PER_MS;
	return 0;
}

/* A device that has come is acted upon at once. What failed before is tried again in an audit, and
 * only where devices have changed: a try may itself make the driver send messages. */
static int loop(struct daemon *daemon)
{
	struct vfg_pass pass = {
		.retry = true, .monitor = &daemon->monitor, .hearing = daemon->hearing};
	uint64_t audit = now_ns(), passed, due, now;

	daemon->listened_ns = audit;
	while (!daemon->ends) {
		int err = work(daemon, &pass);

		if (err)
			return err;
		passed = now_ns();
		daemon->news = (struct vfg_news){};
		do {
			now = now_ns();
			due = due_ns(daemon, pass.busy, passed, audit);
			err = listen_for(daemon, due > now ? due - now : 0);
			if (err)
				return err;
			now = now_ns();
		} while (!daemon->ends && now < due_ns(daemon, pass.busy, passed, audit));
		/* What a busy master has missed is still to be tried. */
		pass.retry = pass.busy && pass.retry;
		if (now >= audit + daemon->boot.config.audit_ms * (uint64_t)NS_PER_MS) {
			pass.retry |= daemon->heard;
			daemon->heard = false;
			audit = now;
		}
	}
	vfg_notify_stopping();
	vfg_note("daemon", "ends; the policy stays in force");
	return 0;
}

struct arguments {
	const char *file; /* of the settings, NULL: the default one */
	bool check;
};

static int parse(int argc, char **argv, struct arguments *ret_arguments)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--check"))
			ret_arguments->check = true;
		else if (strcmp(argv[i], "-c") != 0)
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of daemon; see --help");
		else if (!argv[++i])
			return vfg_say(VFG_EXIT_USAGE, "-c", "needs a settings file");
		else
			ret_arguments->file = argv[i];
	}
	return 0;
}

int vfg_command_daemon(int argc, char **argv)
{
	struct daemon daemon __attribute__((cleanup(end_daemon))) = {.lock = -1, .signals = -1};
	struct arguments arguments = {};
	int err = parse(argc, argv, &arguments);

	if (!err)
		err = vfg_boot_open(arguments.file, &daemon.boot);
	if (err || arguments.check)
		return err;
	err = vfg_capability_check_service("daemon");
	if (!err)
		err = start(&daemon);
	return err ? err : loop(&daemon);
}
