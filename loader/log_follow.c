/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows flow logs on standard output. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "log_clock.h"
#include "log_follow.h"
#include "log_pipe.h"
#include "log_set.h"
#include "log_show.h"
#include "output.h"
#include "say.h"

enum { LAST_MS = 200 }; /* that long the reader is waited for at the end */

/* Who follows, and what he has missed. */
struct follower {
	const struct vfg_log_show *show;
	struct vfg_log_pipe pipe;
	struct vfg_log_losses sum; /* of sessions that have parted */
	uint64_t told_lost;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void put(void *data, const char *text, size_t bytes, uint64_t records)
{
	struct follower *follower = data;

	if (!vfg_log_pipe_put(&follower->pipe, text, bytes, records)) {
		vfg_log_pipe_flush(&follower->pipe);
		follower->pipe.lost -= records;
		vfg_log_pipe_put(&follower->pipe, text, bytes, records);
	}
}

/* In the log itself, as soon as there is room for it. */
static void tell_lost(struct follower *follower)
{
	uint64_t lost = follower->pipe.lost - follower->told_lost;
	char line[128];

	if (!lost || follower->show->format == VFG_LOG_VNET ||
	    follower->show->format == VFG_LOG_NSG)
		return;
	if (follower->show->format == VFG_LOG_JSON)
		snprintf(line, sizeof(line), "{\"state\":\"lost\",\"records\":%" PRIu64 "}\n",
			 lost);
	else
		snprintf(line, sizeof(line),
			 "-- %" PRIu64 " records lost: the reader was too slow --\n", lost);
	if (vfg_log_pipe_put(&follower->pipe, line, strlen(line), 0))
		follower->told_lost += lost;
}

static void write_out(struct vfg_log_session *session, void *data)
{
	struct follower *follower = data;

	tell_lost(follower);
	vfg_log_show_records(follower->show, session, put, follower);
	vfg_log_pipe_flush(&follower->pipe);
}

static void say_more(const struct vfg_log_session *session)
{
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		const struct vfg_log_list *list = vfg_log_names_list(&session->names, id);

		if (session->ledger.denied[id].told)
			vfg_note(session->master,
				 "%s/%s: %" PRIu64 " denied packets more than are listed",
				 list ? list->name : "-", vfg_log_names_rule(&session->names, id),
				 session->ledger.denied[id].told);
	}
}

/* One document, with no field for packets that are not listed. */
static bool is_json_of_platform(const struct vfg_log_show *show)
{
	return show->format == VFG_LOG_VNET || show->format == VFG_LOG_NSG;
}

static void part(struct vfg_log_session *session, void *data)
{
	const struct vfg_log_losses *losses = session->ledger.losses;
	struct follower *follower = data;

	write_out(session, follower);
	if (is_json_of_platform(follower->show))
		say_more(session);
	follower->sum.lost += losses->lost;
	follower->sum.more += losses->more;
	follower->sum.missed.flows += losses->missed.flows;
	follower->sum.missed.ends += losses->missed.ends;
	follower->sum.missed.untracked += losses->missed.untracked;
}

static int open_signals(void)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Return: true where it is time to end: a signal, or the reader has gone. */
static bool wait_until(struct follower *follower, int signals, uint64_t until_ms)
{
	for (uint64_t now = now_ms(); now < until_ms; now = now_ms()) {
		bool waits = !vfg_log_pipe_is_empty(&follower->pipe) && !follower->pipe.error;
		struct pollfd wait[] = {
			{.fd = signals, .events = POLLIN},
			{.fd = follower->pipe.fd, .events = waits ? POLLOUT : 0},
		};

		if (poll(wait, 2, (int)(until_ms - now)) <= 0)
			continue;
		if (wait[0].revents || wait[1].revents & (POLLERR | POLLNVAL))
			return true;
		vfg_log_pipe_flush(&follower->pipe);
		if (follower->pipe.closed)
			return true;
	}
	return false;
}

/* The only master, or its device: without it nothing will happen any more. Return: 0, or an exit
 * status, reported. */
static int look(const struct follower *follower, struct vfg_log_set *set, int clock)
{
	char name[IFNAMSIZ];
	int parted = vfg_log_set_look(set, clock, follower->show->continue_s);

	if (parted && set->only)
		return vfg_say(VFG_EXIT_REFUSED, set->only, "is loaded no longer; the log ends");
	if (!set->only || !set->count || if_indextoname(set->session[0]->ifindex, name))
		return 0;
	return vfg_say(VFG_EXIT_REFUSED, set->only, "is gone; the log ends");
}

static int follow(struct follower *follower, struct vfg_log_set *set, int signals, int clock)
{
	uint64_t begun = now_ms(), shown = begun;
	bool ends = false;
	int err = 0;

	for (uint64_t looks = 1; !ends && !err; looks++) {
		if (looks == 1 || !set->only)
			vfg_log_set_refresh(set);
		err = look(follower, set, clock);
		if (now_ms() - shown + VFG_LOG_LOOK_MS / 2 >=
		    follower->show->interval_s * 1000ULL) {
			shown = now_ms();
			for (size_t i = 0; i < set->count; i++)
				write_out(set->session[i], follower);
		}
		ends = err || wait_until(follower, signals, begun + looks * VFG_LOG_LOOK_MS);
	}
	vfg_log_set_look(set, clock, follower->show->continue_s);
	return err;
}

static void say_sum(const struct follower *follower)
{
	const struct vfg_log_losses *sum = &follower->sum;

	if (follower->pipe.error)
		vfg_warn("standard output", "cannot be written: %s",
			 strerror(-follower->pipe.error));
	vfg_note("log",
		 "%" PRIu64 " records, %" PRIu64 " lost; %" PRIu64 " denied packets more; %" PRIu64
		 " flows and %" PRIu64 " ends came and went unseen",
		 follower->pipe.records, follower->pipe.lost + sum->lost, sum->more,
		 sum->missed.flows + sum->missed.untracked, sum->missed.ends);
}

int vfg_log_follow(const struct vfg_log_show *show)
{
	struct follower follower = {.show = show};
	struct vfg_log_set set = {
		.only = show->master, .how = {.spill = write_out, .data = &follower}, .part = part};
	autofd int clock = vfg_log_clock_open();
	autofd int signals = open_signals();
	int err;

	if (clock < 0)
		return vfg_say(VFG_EXIT_SYSTEM, "log", "the programs' clock cannot be read: %s",
			       strerror(-clock));
	if (signals < 0 || vfg_log_pipe_open(STDOUT_FILENO, &follower.pipe))
		return vfg_say(VFG_EXIT_SYSTEM, "log", "cannot start: %s", strerror(errno));
	err = follow(&follower, &set, signals, clock);
	vfg_log_set_close(&set);
	tell_lost(&follower);
	for (uint64_t end = now_ms() + LAST_MS;
	     !vfg_log_pipe_is_empty(&follower.pipe) && !follower.pipe.closed && now_ms() < end;) {
		struct pollfd wait = {.fd = follower.pipe.fd, .events = POLLOUT};

		poll(&wait, 1, LAST_MS);
		vfg_log_pipe_flush(&follower.pipe);
	}
	say_sum(&follower);
	vfg_log_pipe_close(&follower.pipe);
	return err;
}

/* Elements of one document, with commas between them. */
struct document {
	const struct vfg_log_show *show;
	uint64_t elements;
};

static void print(void *data, const char *text, size_t bytes, uint64_t records)
{
	struct document *document = data;
	const bool nested = is_json_of_platform(document->show);

	(void)records;
	if (nested && document->elements++)
		fputs(",\n", stdout);
	fwrite(text, 1, bytes - (nested ? 1 : 0), stdout);
}

static void print_all(struct vfg_log_session *session, void *data)
{
	struct document *document = data;

	vfg_log_show_records(document->show, session, print, document);
}

static int list(const struct vfg_log_set *set, struct document *document, int clock)
{
	for (size_t i = 0; i < set->count; i++) {
		int err = vfg_log_session_list(set->session[i], clock);

		if (err)
			return vfg_say(VFG_EXIT_SYSTEM, set->session[i]->master,
				       "its flows cannot be read: %s", strerror(-err));
		print_all(set->session[i], document);
		if (is_json_of_platform(document->show))
			say_more(set->session[i]);
	}
	return 0;
}

int vfg_log_show_now(const struct vfg_log_show *show)
{
	const bool nested = is_json_of_platform(show);
	struct document document = {.show = show};
	struct vfg_log_set set = {.only = show->master,
				  .how = {.spill = print_all, .data = &document}};
	autofd int clock = vfg_log_clock_open();
	int err;

	if (clock < 0)
		return vfg_say(VFG_EXIT_SYSTEM, "log", "the programs' clock cannot be read: %s",
			       strerror(-clock));
	vfg_log_set_refresh(&set);
	if (nested)
		puts("{\"records\":[");
	err = list(&set, &document, clock);
	if (nested)
		puts("\n]}");
	vfg_log_set_close(&set);
	return err ? err : vfg_output_end();
}
