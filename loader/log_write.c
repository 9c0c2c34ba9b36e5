/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks once a second, writes once an interval. SIGTERM and SIGINT have the rest written first. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "log_clock.h"
#include "log_set.h"
#include "log_path.h"
#include "log_sink.h"
#include "log_write.h"
#include "say.h"

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void spill(struct vfg_log_session *session, void *data)
{
	vfg_log_sink_write(data, session);
}

/* Records of the last hour go into its file. */
static void end_hour(struct vfg_log_set *set, struct vfg_log_sink *sink)
{
	int64_t hour = vfg_log_hour((uint64_t)time(NULL));

	for (size_t i = 0; i < set->count; i++) {
		struct vfg_log_session *session = set->session[i];

		if (session->count && vfg_log_hour(session->looked_ns / 1000000000) != hour)
			vfg_log_sink_write(sink, session);
	}
}

static void look(struct vfg_log_set *set, struct vfg_log_sink *sink, int clock)
{
	end_hour(set, sink);
	vfg_log_set_refresh(set);
	vfg_log_set_look(set, clock, sink->config->continue_s);
	for (size_t i = 0; i < set->count; i++)
		vfg_log_sink_write_due(sink, set->session[i], now_ms());
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

/* The last look takes in what has happened since the one before. */
static int keep(struct vfg_log_set *set, struct vfg_log_sink *sink, int signals, int clock)
{
	struct pollfd wait = {.fd = signals, .events = POLLIN};
	bool ends = false;

	while (!ends) {
		uint64_t begun = now_ms(), took;

		look(set, sink, clock);
		took = now_ms() - begun;
		if (poll(&wait, 1, took < VFG_LOG_LOOK_MS ? (int)(VFG_LOG_LOOK_MS - took) : 0) <
			    0 &&
		    errno != EINTR)
			return vfg_say(VFG_EXIT_SYSTEM, "log", "poll: %s", strerror(errno));
		ends = wait.revents != 0;
	}
	vfg_log_set_look(set, clock, sink->config->continue_s);
	return 0;
}

static int run(const struct vfg_log_config *config)
{
	struct vfg_log_sink sink = {.config = config, .pruned_hour = -1};
	struct vfg_log_set set = {.how = {.keep = true, .spill = spill, .data = &sink},
				  .part = spill};
	autofd int signals = open_signals();
	autofd int clock = vfg_log_clock_open();
	int err;

	if (signals < 0)
		return vfg_say(VFG_EXIT_SYSTEM, "log", "signals: %s", strerror(errno));
	if (clock < 0)
		return vfg_say(VFG_EXIT_SYSTEM, "log", "the programs' clock cannot be read: %s",
			       strerror(-clock));
	umask(0027);
	err = keep(&set, &sink, signals, clock);
	vfg_log_set_close(&set);
	return err;
}

int vfg_log_write(const char *file)
{
	struct vfg_config config;
	int err = vfg_config_read(file ? file : vfg_config_default_file, file != NULL, &config);

	if (err)
		return err;
	if (config.log && vfg_log_config_wants(config.log))
		err = run(config.log);
	else
		err = vfg_say(VFG_EXIT_REFUSED, config.file,
			      "has no flow log; add log = vnet to [daemon]");
	vfg_config_free(&config);
	return err;
}
