/* SPDX-License-Identifier: GPL-2.0-only */
/* The log command: what it shows, to whom, and what it refuses. */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../flowlog.h"
#include "account.h"
#include "guest.h"
#include "traffic.h"

enum {
	NAME_PORT = 5300,
	SHUT_PORT = 5301,
	FOLLOWERS = 2,
};

/* A log command that runs, its two streams in files of the guest's folder. */
struct follower {
	pid_t pid;
	char out[96];
	char err[96];
};

static struct vfg_guest guest;
static struct follower follower[FOLLOWERS];

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
}

static void tear_down(void)
{
	for (int i = 0; i < FOLLOWERS; i++) {
		if (follower[i].pid > 0)
			kill(follower[i].pid, SIGKILL);
	}
	vfg_guest_tear_down(&guest);
}

TestSuite(follow, .init = set_up, .fini = tear_down, .timeout = 120);

static void load(const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 --flows 4096 "
			  "%s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void become(const struct follower *one, const char *output, const char *arguments)
{
	char line[512];

	if (!freopen(one->err, "w", stderr) || !freopen(output, "w", stdout))
		_exit(127);
	vfg_guest_enter(guest.inside);
	snprintf(line, sizeof(line), "exec %s log %s", vfg_guest_command(), arguments);
	execl("/bin/sh", "sh", "-c", line, NULL);
	_exit(127);
}

/* @output: NULL for a file of the folder. It looks before this returns. */
static void start_to(int number, const char *output, const char *arguments)
{
	struct follower *one = &follower[number];

	snprintf(one->out, sizeof(one->out), "%s/out%d", guest.folder, number);
	snprintf(one->err, sizeof(one->err), "%s/err%d", guest.folder, number);
	one->pid = fork();
	if (one->pid == 0)
		become(one, output ? output : one->out, arguments);
	cr_assert(gt(int, one->pid, 0));
	usleep(2500000);
}

static void start(int number, const char *arguments)
{
	start_to(number, NULL, arguments);
}

/* Return: its exit status; what it said is in guest.output. */
static int end(int number, int signal)
{
	struct follower *one = &follower[number];
	int status = 0;

	if (signal)
		kill(one->pid, signal);
	for (int i = 0; i < 300 && waitpid(one->pid, &status, WNOHANG) == 0; i++)
		usleep(100000);
	one->pid = 0;
	vfg_guest_run(&guest, "cat %s", one->err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Lines of what was shown that have the text. */
static int shown(int number, const char *text)
{
	vfg_guest_run(&guest, "grep -c -- \"%s\" %s", text, follower[number].out);
	return atoi(guest.output);
}

static bool await_shown(int number, const char *text, int lines)
{
	for (int i = 0; i < 200; i++) {
		if (shown(number, text) >= lines)
			return true;
		usleep(100000);
	}
	return false;
}

Test(follow, any_number_may_follow_and_each_sees_all)
{
	char dev[64];

	load("--timeout udp=3");
	snprintf(dev, sizeof(dev), "%s --follow", guest.master);
	start(0, dev);
	start(1, "-f --json");
	vfg_account_send_udp(&guest, NAME_PORT, 5);
	vfg_account_send_udp(&guest, SHUT_PORT, 3);
	cr_expect(await_shown(0, " begin .*:5300  live/UserRule_AllowName$", 1));
	cr_expect(await_shown(0, " end .* sent 5 (215 bytes) returned 0 (0 bytes)$", 1));
	cr_expect(await_shown(0, " deny .*:5301  live/UserRule_DenyRestIn$", 3));
	cr_expect(await_shown(1, "\\\"state\\\":\\\"deny\\\"", 3));
	cr_expect(await_shown(1, "\\\"packetsSent\\\":5,\\\"bytesSent\\\":215", 1));
	cr_expect(eq(int, end(0, SIGINT), 0));
	cr_expect(not(eq(ptr, strstr(guest.output, " 0 lost; "), NULL)), "%s", guest.output);
	cr_expect(eq(int, end(1, SIGTERM), 0));
}

Test(follow, under_flood_the_number_of_others_is_said)
{
	long more = 0, listed;
	char *line;

	load("");
	start(0, "--follow");
	vfg_account_send_udp(&guest, SHUT_PORT, 3000);
	cr_assert(await_shown(0, " more  live/UserRule_DenyRestIn$", 1));
	usleep(2500000);
	cr_expect(eq(int, end(0, SIGINT), 0));
	listed = shown(0, " deny .*:5301  live");
	vfg_guest_run(&guest, "sed -n \"s/.* deny *\\\\([0-9]*\\\\) more .*/\\\\1/p\" %s",
		      follower[0].out);
	for (line = strtok(guest.output, "\n"); line; line = strtok(NULL, "\n"))
		more += atol(line);
	cr_expect(eq(long, listed + more, 3000));
	cr_expect(ge(long, listed, 16));
}

/* Nobody followed while it came. */
Test(follow, one_look_after_a_flood_says_the_number_of_others)
{
	const char *more;
	long listed = 0;

	load("");
	vfg_account_send_udp(&guest, SHUT_PORT, 1000);
	vfg_guest_vfguard(&guest, "log %s", guest.master);
	more = strstr(guest.output, " more  live/UserRule_DenyRestIn");
	cr_assert(more != NULL, "%s", guest.output);
	while (more > guest.output && more[-1] != ' ')
		more--;
	for (const char *at = guest.output; (at = strstr(at, ":5301  live")); at++)
		listed++;
	cr_expect(ge(long, listed, 16));
	cr_expect(eq(long, listed + atol(more), 1000), "%s", guest.output);
	vfg_guest_vfguard(&guest, "log %s --format vnet", guest.master);
	cr_expect(strstr(guest.output, "denied packets more than are listed") != NULL, "%s",
		  guest.output);
}

Test(follow, the_platforms_formats_are_a_record_a_line)
{
	struct vfg_flowlog log;
	char *line;

	load("--timeout udp=3");
	start(0, "--follow --format vnet");
	start(1, "--follow --format nsg");
	vfg_account_send_udp(&guest, NAME_PORT, 5);
	cr_assert(await_shown(0, ",17,I,E,NX,5,215,0,0", 1));
	cr_assert(await_shown(1, ",U,I,A,E,5,215,0,0", 1));
	for (int i = 0; i < 2; i++) {
		cr_expect(eq(int, end(i, SIGINT), 0));
		vfg_guest_run(&guest, "cat %s", follower[i].out);
		for (line = strtok(guest.output, "\n"); line; line = strtok(NULL, "\n")) {
			cr_expect(vfg_flowlog_read(line, &log), "%s: %s", log.fault, line);
			vfg_flowlog_free(&log);
		}
	}
}

static size_t read_now(const char *format)
{
	struct vfg_flowlog log;
	size_t count;

	vfg_guest_vfguard(&guest, "log %s --format %s", guest.master, format);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(vfg_flowlog_read(guest.output, &log), "%s: %s", log.fault, guest.output);
	count = log.count;
	vfg_flowlog_free(&log);
	return count;
}

Test(follow, one_look_shows_live_flows_and_what_was_denied)
{
	load("");
	cr_expect(zero(sz, read_now("vnet")));
	vfg_account_send_udp(&guest, NAME_PORT, 5);
	vfg_account_send_udp(&guest, SHUT_PORT, 3);
	cr_expect(eq(sz, read_now("vnet"), 4));
	cr_expect(eq(sz, read_now("nsg"), 4));
	vfg_guest_vfguard(&guest, "log");
	cr_expect(eq(int, guest.status, 0));
	cr_expect(not(eq(ptr, strstr(guest.output, "sent 5 (215 bytes)"), NULL)), "%s",
		  guest.output);
}

/* Nobody reads: records are lost, packets are not, and it says how many. */
/* The policy in force has neither rule, the one before it had both. */
Test(follow, rules_of_the_policy_before_have_their_names)
{
	static const struct vfg_guest_rule first[] = {
		{"AllowName", "Inbound", "Udp", "*", "5300", "Allow"},
		{"DenyShut", "Inbound", "Udp", "*", "5301", "Deny"},
	};
	static const struct vfg_guest_rule second[] = {
		{"AllowWeb", "Inbound", "Tcp", "*", "8080", "Allow"},
	};

	vfg_guest_policy(&guest, "policy.json", first, 2);
	vfg_guest_policy(&guest, "second.json", second, 1);
	load("");
	vfg_account_send_udp(&guest, NAME_PORT, 5);
	vfg_account_send_udp(&guest, SHUT_PORT, 3);
	vfg_guest_vfguard(&guest, "apply %s -p second.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "log %s", guest.master);
	cr_expect(strstr(guest.output, "/UserRule_AllowName") != NULL, "%s", guest.output);
	cr_expect(strstr(guest.output, "/UserRule_DenyShut") != NULL, "%s", guest.output);
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Inbound --protocol Udp --local 192.0.2.10:5300 "
			  "--remote 192.0.2.1 --explain",
			  guest.master);
	cr_expect(strstr(guest.output, "by securityRules/AllowName") != NULL, "%s", guest.output);
}

Test(follow, a_blocked_pipe_loses_records_and_nothing_else)
{
	char fifo[96], *found;
	int reader;

	load("--timeout udp=600");
	snprintf(fifo, sizeof(fifo), "%s/fifo", guest.folder);
	vfg_guest_run(&guest, "mkfifo %s", fifo);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert(ge(int, reader, 0));
	start_to(0, fifo, "--follow --json --continue 1");
	for (int i = 0; i < 3000; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	usleep(4000000);
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, end(0, SIGINT), 0));
	found = strstr(guest.output, " records, ");
	cr_assert(found != NULL, "%s", guest.output);
	cr_expect(gt(long, atol(found + strlen(" records, ")), 0), "%s", guest.output);
	close(reader);
}

Test(follow, a_reader_that_goes_ends_it)
{
	char fifo[96];
	int reader;

	load("");
	snprintf(fifo, sizeof(fifo), "%s/fifo", guest.folder);
	vfg_guest_run(&guest, "mkfifo %s", fifo);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	start_to(0, fifo, "--follow");
	close(reader);
	cr_expect(eq(int, end(0, 0), 0));
	vfg_guest_run(&guest,
		      "%s log %s --follow >/dev/full & p=$!; sleep 2; kill -INT $p; wait $p",
		      vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "log %s >/dev/full", guest.master);
}

Test(follow, it_ends_with_its_device)
{
	char dev[64];

	load("");
	snprintf(dev, sizeof(dev), "%s --follow", guest.master);
	start(0, dev);
	start(1, "--follow");
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, end(0, 0), 1));
	cr_expect(not(eq(ptr, strstr(guest.output, "is loaded no longer; the log ends"), NULL)),
		  "%s", guest.output);
	load("");
	vfg_account_send_udp(&guest, SHUT_PORT, 1);
	start(0, dev);
	vfg_account_send_udp(&guest, SHUT_PORT, 1);
	cr_expect(await_shown(1, " deny ", 1), "who follows all goes on with the next load");
	vfg_guest_run(&guest, "ip link del %s", guest.master);
	cr_expect(eq(int, end(0, 0), 1));
	cr_expect(not(eq(ptr, strstr(guest.output, "is gone; the log ends"), NULL)), "%s",
		  guest.output);
	cr_expect(eq(int, end(1, SIGINT), 0));
}

static const struct {
	const char *arguments;
	int status;
	const char *says;
} refusals[] = {
	{"nosuch", 1, "vfguard: nosuch: no such device"},
	{"lo", 1, "vfguard: lo: "},
	{"a/b", 1, "not a device name"},
	{"--folow", 2, "vfguard: --folow: not an argument of log; see --help"},
	{"one two", 2, "vfguard: two: not an argument of log"},
	{"--format", 2, "vfguard: --format: takes vnet, nsg or text"},
	{"--format json", 2, "vfguard: --format: takes vnet, nsg or text"},
	{"--format vnet --json", 2, "vfguard: --json: is a format by itself"},
	{"--follow --interval 0", 2, "vfguard: --interval: takes seconds, 1 to 3600"},
	{"--follow --interval 1s", 2, "vfguard: --interval: takes seconds, 1 to 3600"},
	{"--follow --interval", 2, "vfguard: --interval: takes seconds, 1 to 3600"},
	{"--follow --continue -1", 2, "vfguard: --continue: takes seconds, 1 to 3600"},
	{"--interval 5", 2, "go with --follow"},
	{"-c", 2, "vfguard: -c: needs a settings file"},
	{"-c /nonexistent", 1, "vfguard: /nonexistent: cannot be read"},
	{"--write --follow", 2, "vfguard: --write: takes what it needs from the settings"},
	{"--write -c policy.json", 1, "vfguard: policy.json:1:"},
};

Test(follow, what_is_wrong_is_refused_in_one_line)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		vfg_guest_vfguard(&guest, "log %s", refusals[i].arguments);
		cr_expect(eq(int, guest.status, refusals[i].status), "%s: %s",
			  refusals[i].arguments, guest.output);
		cr_expect(not(eq(ptr, strstr(guest.output, refusals[i].says), NULL)), "%s: %s",
			  refusals[i].arguments, guest.output);
	}
	vfg_guest_vfguard(&guest, "log %s --follow", guest.master);
	cr_expect(eq(int, guest.status, 1));
	cr_expect(not(eq(ptr, strstr(guest.output, "is not loaded"), NULL)), "%s", guest.output);
	vfg_guest_vfguard(&guest, "log");
	cr_expect(eq(int, guest.status, 0));
	cr_expect(not(eq(ptr, strstr(guest.output, "nothing is loaded"), NULL)), "%s",
		  guest.output);
	vfg_guest_run(&guest, "setpriv --reuid 65534 --clear-groups %s log", vfg_guest_command());
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "CAP_BPF"), NULL)), "%s", guest.output);
}
